package dev.h3ae.engine

import dev.h3ae.DecodeCode
import dev.h3ae.DecodeException
import dev.h3ae.tensor.Tensor
import java.io.Closeable
import java.util.concurrent.locks.ReentrantLock
import kotlin.concurrent.withLock

/**
 * The sessions of a decoder, opened when they are needed. A lock is held while one of them runs, so that [close] waits
 * for the call to end: native memory is never freed under a running call.
 */
internal class Sessions(
    private val open: (graph: String) -> GraphSession,
) : Closeable {
    private val lock = ReentrantLock()
    private val opened = LinkedHashMap<String, GraphSession>()

    @Volatile
    private var closed = false

    fun run(
        graph: String,
        inputs: Map<String, Tensor>,
        outputs: Map<String, Tensor>,
    ): Unit = lock.withLock { session(graph).run(inputs, outputs) }

    /** Opens the session of a graph ahead of its first call. */
    fun prepare(graph: String) {
        lock.withLock { session(graph) }
    }

    fun checkOpen() {
        if (closed) throw DecodeException(DecodeCode.CLOSED, "the decoder is closed", "open it again")
    }

    override fun close() {
        closed = true
        lock.withLock {
            opened.values.forEach { it.close() }
            opened.clear()
        }
    }

    private fun session(graph: String): GraphSession {
        checkOpen()
        return opened.getOrPut(graph) { open(graph) }
    }
}
