package dev.h3ae.demo

import android.app.ActivityManager
import dev.h3ae.bundle.Bundle
import org.robolectric.Shadows.shadowOf
import java.nio.file.Path
import kotlin.io.path.Path

/** The app over the bundle that the build was given, or over another that a test names. */
class TestApplication : DemoApplication() {
    override fun onCreate() {
        super.onCreate()
        memory(free = 4L shl 30)
    }

    /** Sets what the system says of its memory, in bytes. */
    fun memory(free: Long) {
        val info = ActivityManager.MemoryInfo()
        info.totalMem = 8L shl 30
        info.availMem = free
        shadowOf(getSystemService(ActivityManager::class.java)).setMemoryInfo(info)
    }

    override suspend fun findBundle(progress: (Int) -> Unit): Bundle? = bundle?.let { Bundle.open(it) }

    companion object {
        /** The exported demo bundle; decoded by the real engine. */
        val exported: Path = Path(checkNotNull(System.getProperty("h3ae.bundle")))

        /** What the next app finds; null is none. */
        var bundle: Path? = exported
    }
}
