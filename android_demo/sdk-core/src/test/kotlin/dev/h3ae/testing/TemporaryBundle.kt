package dev.h3ae.testing

import java.nio.file.Files
import java.nio.file.Path
import kotlin.io.path.createTempDirectory

/** Copies of bundles to damage; they go when the process ends. */
object TemporaryBundle {
    fun copy(source: Path): Path {
        val target = folder().resolve(source.fileName.toString())
        source.toFile().copyRecursively(target.toFile())
        return target
    }

    fun folder(): Path {
        val folder = createTempDirectory("h3ae-test")
        Runtime.getRuntime().addShutdownHook(Thread { folder.toFile().deleteRecursively() })
        return folder
    }

    /** Overwrites every file at or below [path] with half of its bytes, all zero. */
    fun damage(path: Path) {
        path.toFile().walk().filter { it.isFile }.forEach {
            Files.write(
                it.toPath(),
                ByteArray((it.length() / 2).toInt()),
            )
        }
    }
}
