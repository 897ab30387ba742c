package dev.h3ae.testing

import dev.h3ae.bundle.Artifact
import dev.h3ae.bundle.Graph
import dev.h3ae.engine.Engine
import dev.h3ae.engine.GraphSession
import dev.h3ae.tensor.DType
import dev.h3ae.tensor.Tensor
import java.nio.file.Path
import java.util.concurrent.atomic.AtomicInteger

/** A real engine whose sessions are counted, and whose calls can be watched. */
class CountingEngine(
    private val engine: Engine,
    private val beforeCall: (graph: String) -> Unit = {},
) : Engine by engine {
    /** Sessions that are open now. */
    val open = AtomicInteger()

    /** Calls that have begun. */
    val calls = AtomicInteger()

    override fun open(
        file: Path,
        artifact: Artifact,
        graph: Graph,
        threads: Int?,
    ): GraphSession {
        val session = engine.open(file, artifact, graph, threads)
        open.incrementAndGet()
        return object : GraphSession {
            override fun run(
                inputs: Map<String, Tensor>,
                outputs: Map<String, Tensor>,
            ) {
                calls.incrementAndGet()
                beforeCall(artifact.graph)
                session.run(inputs, outputs)
            }

            override fun close() {
                session.close()
                open.decrementAndGet()
            }
        }
    }
}

/** A real engine whose results, of all graphs or some, somebody spoils, as a broken GPU driver does. */
class SpoiledEngine(
    private val engine: Engine,
    private val isSpoilt: (graph: String) -> Boolean = { true },
    private val spoil: (Float) -> Float,
) : Engine by engine {
    override fun open(
        file: Path,
        artifact: Artifact,
        graph: Graph,
        threads: Int?,
    ): GraphSession {
        val session = engine.open(file, artifact, graph, threads)
        if (!isSpoilt(artifact.graph)) return session
        return object : GraphSession by session {
            override fun run(
                inputs: Map<String, Tensor>,
                outputs: Map<String, Tensor>,
            ) {
                session.run(inputs, outputs)
                outputs.values.filter { it.dtype == DType.FLOAT32 }.forEach { tensor ->
                    val numbers = tensor.floats
                    for (index in 0 until numbers.limit()) numbers.put(index, spoil(numbers.get(index)))
                }
            }
        }
    }
}
