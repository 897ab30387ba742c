package dev.h3ae.report

import java.nio.file.Files
import java.nio.file.Path
import java.nio.file.StandardCopyOption.ATOMIC_MOVE
import java.nio.file.StandardCopyOption.REPLACE_EXISTING

/** Writes beside [file] and moves into place: a reader sees the old content or the new. */
internal fun replaceFile(
    file: Path,
    content: ByteArray,
) {
    val beside = file.resolveSibling(".${file.fileName}.new")
    try {
        Files.write(beside, content)
        Files.move(beside, file, ATOMIC_MOVE, REPLACE_EXISTING)
    } finally {
        Files.deleteIfExists(beside)
    }
}
