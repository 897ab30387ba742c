package dev.h3ae.demo

import dev.h3ae.bundle.Bundle
import java.nio.file.Path
import kotlin.io.path.Path

/** The app over the bundle that the build was given, or over another that a test names. */
class TestApplication : DemoApplication() {
    override suspend fun findBundle(progress: (Int) -> Unit): Bundle? = bundle?.let { Bundle.open(it) }

    companion object {
        /** The exported demo bundle; decoded by the real engine. */
        val exported: Path = Path(checkNotNull(System.getProperty("h3ae.bundle")))

        /** What the next app finds; null is none. */
        var bundle: Path? = exported
    }
}
