package dev.h3ae.install

import dev.h3ae.InstallCode
import dev.h3ae.InstallException
import java.io.IOException
import java.nio.ByteBuffer
import java.nio.channels.FileChannel
import java.nio.file.Files
import java.nio.file.Path
import java.nio.file.StandardOpenOption.APPEND
import java.nio.file.StandardOpenOption.CREATE
import java.nio.file.StandardOpenOption.WRITE
import java.security.MessageDigest

/** The bytes of a source that have arrived, which outlive the process; a try goes on where the last one ended. */
internal class PartialDownload(
    folder: Path,
    private val source: ByteSource,
) {
    // The identity is part of the name: bytes of another content are never gone on with.
    private val key =
        MessageDigest
            .getInstance("SHA-256")
            .digest("${source.identity}\n${source.size}".toByteArray())
            .take(KEY_BYTES)
            .joinToString("") { "%02x".format(it) }

    /** Where they lie. */
    val file: Path = folder.resolve("$key.partial")

    /** Fetches what is missing; [onChunk] is told how many bytes there are, and may throw to stop. */
    fun complete(onChunk: (Long) -> Unit) {
        var at = if (Files.exists(file)) Files.size(file) else 0
        if (at > source.size) throw changed(at)
        onChunk(at)
        if (at == source.size) return
        try {
            Files.getFileStore(file.parent).usableSpace.let { if (it < source.size - at) throw noSpace(source.size - at, it) }
            FileChannel.open(file, CREATE, WRITE, APPEND).use { target ->
                source.open(at).use { stream ->
                    val chunk = ByteArray(CHUNK_BYTES)
                    while (true) {
                        val count = stream.read(chunk)
                        if (count < 0) break
                        at += count
                        if (at > source.size) throw changed(at)
                        val bytes = ByteBuffer.wrap(chunk, 0, count)
                        while (bytes.hasRemaining()) target.write(bytes)
                        onChunk(at)
                    }
                }
                target.force(true)
            }
        } catch (error: IOException) {
            throw InstallException(
                InstallCode.SOURCE,
                "the download stopped at $at of ${source.size} bytes: ${error.message}",
                AGAIN,
                error,
            )
        }
        if (at < source.size) {
            throw InstallException(InstallCode.SOURCE, "the source ended at $at of ${source.size} bytes", AGAIN)
        }
    }

    /** Forgets the bytes: they have been installed, or turned out to be no bundle. */
    fun delete() {
        Files.deleteIfExists(file)
    }

    private fun changed(at: Long): InstallException {
        delete()
        return InstallException(InstallCode.CHANGED, "the source gave $at bytes, more than its ${source.size}", "start again")
    }

    private fun noSpace(
        needed: Long,
        free: Long,
    ) = InstallException(InstallCode.SPACE, "$needed bytes are to come, and the disk has $free left", "free some space")

    private companion object {
        const val CHUNK_BYTES = 1 shl 16
        const val KEY_BYTES = 16
        const val AGAIN = "install it again: it goes on from there"
    }
}
