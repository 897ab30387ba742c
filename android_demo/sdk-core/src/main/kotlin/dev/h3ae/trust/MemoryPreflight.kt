package dev.h3ae.trust

import dev.h3ae.DecodeCode
import dev.h3ae.DecodeException
import dev.h3ae.bundle.Kind
import dev.h3ae.bundle.Manifest
import dev.h3ae.tensor.DType

/** Says how many bytes the process may still take before the system would kill it. */
public fun interface MemoryProbe {
    /** Bytes, or null where the system does not tell. */
    public fun availableBytes(): Long?

    /** Bytes of them that tensors may have, where the runtime bounds those further, as Android's heap does. */
    public fun tensorBytes(): Long? = null
}

/** Whether a decode fits into memory. */
public sealed interface MemoryVerdict {
    /** It needs [needed] bytes of [available]. */
    public data class Fits(
        public val needed: Long,
        public val available: Long,
    ) : MemoryVerdict

    /** It needs [needed] bytes and there are [available]. */
    public data class TooLittle(
        public val needed: Long,
        public val available: Long,
    ) : MemoryVerdict

    /** The bundle holds no estimate, or the system tells no figure. */
    public data object Unknown : MemoryVerdict
}

/** Asks before anything is loaded: a process that takes too much is killed without a word. */
public object MemoryPreflight {
    /** Left for everything else that the app does meanwhile, in bytes. */
    public const val RESERVE: Long = 64L shl 20

    private const val MIB = 1L shl 20

    /** Judges the bundle's own estimate; [available] is in bytes. */
    public fun judge(
        manifest: Manifest,
        available: Long?,
    ): MemoryVerdict {
        val needed = manifest.memory?.peak
        return when {
            needed == null || available == null -> MemoryVerdict.Unknown
            needed + RESERVE <= available -> MemoryVerdict.Fits(needed, available)
            else -> MemoryVerdict.TooLittle(needed, available)
        }
    }

    /**
     * Throws if the verdict is [MemoryVerdict.TooLittle], or the tensors between the graphs pass what they may have.
     *
     * @throws DecodeException with [DecodeCode.MEMORY].
     */
    public fun require(
        manifest: Manifest,
        probe: MemoryProbe,
    ) {
        val verdict = judge(manifest, probe.availableBytes())
        if (verdict is MemoryVerdict.TooLittle) {
            refuse(
                "${manifest.name} needs ${verdict.needed / MIB} MiB beside a reserve of ${RESERVE / MIB}, and " +
                    "${verdict.available / MIB} MiB are free",
                "close other apps, or use a bundle of a smaller size or with fewer frames a call",
            )
        }
        val tensors = tensorBytes(manifest)
        val room = probe.tensorBytes() ?: return
        if (tensors > room) {
            refuse(
                "${manifest.name} keeps ${tensors / MIB} MiB between its graphs, and this process may take " +
                    "${room / MIB} MiB for that",
                "use a bundle of a smaller size or of mode stream, and ask for a large heap",
            )
        }
    }

    /** What the graphs of a decode hand to each other; caches are there twice. */
    private fun tensorBytes(manifest: Manifest): Long {
        val schedule = manifest.schedule
        val plan = schedule.clip ?: schedule.stream ?: schedule.i2v?.clip ?: schedule.i2v?.stream ?: return 0
        return plan.graphs.flatMap { manifest.graphs.getValue(it).outputs }.sumOf { output ->
            val times = if (output.kind == Kind.CACHE) 2 else 1
            output.shape.fold(times * DType.FLOAT32.bytes.toLong(), Long::times)
        }
    }

    private fun refuse(
        sentence: String,
        wayOut: String,
    ): Nothing = throw DecodeException(DecodeCode.MEMORY, sentence, wayOut)
}
