package dev.h3ae.trust

import dev.h3ae.DecodeCode
import dev.h3ae.DecodeException
import dev.h3ae.bundle.Manifest

/** Says how many bytes the process may still take before the system would kill it. */
public fun interface MemoryProbe {
    /** Bytes, or null where the system does not tell. */
    public fun availableBytes(): Long?
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
     * Throws if the verdict is [MemoryVerdict.TooLittle].
     *
     * @throws DecodeException with [DecodeCode.MEMORY].
     */
    public fun require(
        manifest: Manifest,
        available: Long?,
    ) {
        val verdict = judge(manifest, available)
        if (verdict is MemoryVerdict.TooLittle) {
            throw DecodeException(
                DecodeCode.MEMORY,
                "${manifest.name} needs ${verdict.needed / MIB} MiB beside a reserve of ${RESERVE / MIB}, and " +
                    "${verdict.available / MIB} MiB are free",
                "close other apps, or use a bundle of a smaller size or with fewer frames a call",
            )
        }
    }
}
