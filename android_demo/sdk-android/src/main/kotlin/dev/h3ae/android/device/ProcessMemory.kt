package dev.h3ae.android.device

import android.app.ActivityManager
import android.content.Context
import java.io.File
import java.io.IOException

private const val KIB = 1024L

/** Memory of this process, and what the system can still give it. */
public class ProcessMemory(
    context: Context,
    private val status: File = File("/proc/self/status"),
) {
    private val activities = checkNotNull(context.getSystemService(ActivityManager::class.java))

    /** Bytes resident now (`VmRSS`). */
    public val residentBytes: Long get() = read("VmRSS")

    /** The most bytes that were ever resident (`VmHWM`). */
    public val peakBytes: Long get() = read("VmHWM")

    /** Bytes that can be taken before the system begins to end processes. */
    public val availableBytes: Long
        get() {
            val info = ActivityManager.MemoryInfo()
            activities.getMemoryInfo(info)
            return (info.availMem - info.threshold).coerceAtLeast(0)
        }

    /** Bytes of the whole device. */
    public val deviceBytes: Long
        get() = ActivityManager.MemoryInfo().also(activities::getMemoryInfo).totalMem

    private fun read(field: String): Long {
        val line =
            try {
                status.useLines { lines -> lines.firstOrNull { it.startsWith("$field:") } }
            } catch (_: IOException) {
                null
            }
        return (line?.filter(Char::isDigit)?.toLongOrNull() ?: 0) * KIB
    }
}
