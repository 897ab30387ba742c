package dev.h3ae.android.device

import android.app.ActivityManager
import android.content.Context
import dev.h3ae.trust.MemoryProbe

/** Memory of the device, as the system's own bookkeeper tells it. */
public class SystemMemory(
    context: Context,
) : MemoryProbe {
    private val activities = checkNotNull(context.getSystemService(ActivityManager::class.java))

    /** Bytes that can be taken before the system begins to end processes. */
    override fun availableBytes(): Long = read().run { (availMem - threshold).coerceAtLeast(0) }

    /** Bytes left in the heap of this process, where Android has direct buffers too. */
    override fun tensorBytes(): Long =
        with(Runtime.getRuntime()) { (maxMemory() - totalMemory() + freeMemory()).coerceAtLeast(0) }

    /** Bytes of the whole device. */
    public val deviceBytes: Long get() = read().totalMem

    private fun read() = ActivityManager.MemoryInfo().also { activities.getMemoryInfo(it) }
}
