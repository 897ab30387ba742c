package dev.h3ae.profile

import java.io.File

/** Memory as Linux tells it, on Android too, in bytes. */
public object LinuxMemory {
    private const val KIB = 1024L

    /** Of this process now (`VmRSS`). */
    public fun residentBytes(): Long = field("/proc/self/status", "VmRSS") ?: 0

    /** Highest of this process so far (`VmHWM`). */
    public fun peakBytes(): Long = field("/proc/self/status", "VmHWM") ?: residentBytes()

    /** What the system could still give away (`MemAvailable`), or null if it does not tell. */
    public fun availableBytes(): Long? = field("/proc/meminfo", "MemAvailable")

    private fun field(
        file: String,
        name: String,
    ): Long? =
        File(file)
            .takeIf { it.canRead() }
            ?.useLines { lines -> lines.firstOrNull { it.startsWith("$name:") } }
            ?.filter { it.isDigit() }
            ?.toLongOrNull()
            ?.times(KIB)
}
