package dev.h3ae.decoder

import dev.h3ae.engine.Variant
import dev.h3ae.trust.MemoryProbe
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.Dispatchers

/**
 * How to open a bundle.
 *
 * @property target only artifacts of this target, for instance `executorch`.
 * @property backend only those of this backend, for instance `vulkan`.
 * @property precision only those of this precision, for instance `fp16`.
 * @property without variants to leave out, for instance one that gave wrong frames before.
 * @property threads for the runtime to compute with; null for its own choice.
 * @property selfTest whether a variant must decode the golden latents right before it is used.
 * @property memory asked before anything is loaded; null skips the preflight.
 * @property dispatcher where graphs run; calls of native code block its threads.
 * @property observer told of every call of a graph.
 */
public class DecoderOptions(
    public val target: String? = null,
    public val backend: String? = null,
    public val precision: String? = null,
    public val without: Set<Variant> = emptySet(),
    public val threads: Int? = null,
    public val selfTest: Boolean = true,
    public val memory: MemoryProbe? = null,
    public val dispatcher: CoroutineDispatcher = Dispatchers.Default,
    public val observer: CallObserver? = null,
) {
    init {
        require(threads == null || threads > 0) { "$threads threads cannot compute" }
    }

    /** The same without the self-test, which a benchmark does in its own time, and with its observer. */
    internal fun forMeasuring(observer: CallObserver): DecoderOptions =
        DecoderOptions(target, backend, precision, without, threads, false, memory, dispatcher, observer)

    internal fun admits(variant: Variant): Boolean =
        variant !in without &&
            target in setOf(null, variant.target) &&
            backend in setOf(null, variant.backend) &&
            precision in setOf(null, variant.precision)
}

/** Told of every call of a graph, on the thread that ran it. */
public fun interface CallObserver {
    /** [graph] ran for [nanos] nanoseconds. */
    public fun onCall(
        graph: String,
        nanos: Long,
    )
}

/** Frames [done] of [total]. */
public data class Progress(
    public val done: Int,
    public val total: Int,
)
