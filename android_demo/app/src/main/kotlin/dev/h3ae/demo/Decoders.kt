package dev.h3ae.demo

import dev.h3ae.decoder.DecoderOptions
import dev.h3ae.decoder.VideoDecoder
import dev.h3ae.engine.Engine
import dev.h3ae.trust.MemoryProbe
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock

/**
 * The one decoder that the app keeps loaded. Who needs it alone, as a measurement does, has it
 * given back first.
 */
class Decoders(
    val engines: List<Engine>,
    private val memory: MemoryProbe,
) {
    private val turn = Mutex()
    private var open: VideoDecoder? = null

    /** Runs [block] with the decoder, opening it if it is not open. */
    suspend fun <T> use(
        model: Model,
        block: suspend (VideoDecoder) -> T,
    ): T =
        turn.withLock {
            val kept = open?.takeIf { it.bundle.root == model.bundle.root }
            if (kept == null) close()
            val decoder =
                kept ?: VideoDecoder.open(model.bundle, engines, DecoderOptions(memory = memory)).also { open = it }
            block(decoder)
        }

    /** Gives the decoder back and runs [block] without it. */
    suspend fun <T> without(block: suspend () -> T): T =
        turn.withLock {
            close()
            block()
        }

    private fun close() {
        open?.close()
        open = null
    }
}
