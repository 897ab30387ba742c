package dev.h3ae.engine

import dev.h3ae.bundle.Artifact
import dev.h3ae.bundle.Graph
import dev.h3ae.tensor.Tensor
import java.io.Closeable
import java.nio.file.Path

/** A runtime that runs the artifacts of one target. */
public interface Engine {
    /** The target, for instance `executorch`. */
    public val target: String

    /** What a report calls the runtime's parts, name to version. */
    public val versions: Map<String, String>

    /** Why this device cannot run the artifact, or null if it can. */
    public fun obstacle(artifact: Artifact): String?

    /**
     * Loads one graph of a saved file.
     *
     * @param file where the artifact's file lies.
     * @param artifact its entry.
     * @param graph its inputs and outputs, in the types that the file exchanges.
     * @param threads to compute with, or null for the runtime's own choice.
     * @throws dev.h3ae.DecodeException with [dev.h3ae.DecodeCode.ENGINE], if the runtime refuses the file.
     */
    public fun open(
        file: Path,
        artifact: Artifact,
        graph: Graph,
        threads: Int?,
    ): GraphSession
}

/** One graph, loaded and ready. Belongs to one thread at a time; the decoder sees to that. */
public interface GraphSession : Closeable {
    /**
     * Runs the graph once: reads [inputs], writes [outputs]. Both hold every tensor of the graph by its name, in the
     * shapes and types of [Engine.open]; the caller owns them, and no output is an input.
     *
     * @throws dev.h3ae.DecodeException with [dev.h3ae.DecodeCode.ENGINE], if the runtime refuses the call.
     */
    public fun run(
        inputs: Map<String, Tensor>,
        outputs: Map<String, Tensor>,
    )

    /** Gives the runtime's memory back; closing twice does no harm. */
    override fun close()
}
