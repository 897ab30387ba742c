package dev.h3ae.install

import dev.h3ae.InstallCode
import dev.h3ae.InstallException
import java.io.IOException
import java.io.InputStream
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
        val before = if (Files.exists(file)) Files.size(file) else 0
        onChunk(before)
        if (before == source.size) return
        try {
            refuseFullDisk(source.size - before)
            FileChannel.open(file, CREATE, WRITE, APPEND).use { target ->
                source.open(before).use { append(it, target, before, onChunk) }
                target.force(true)
            }
        } catch (error: IOException) {
            fail(InstallCode.SOURCE, "the download stopped: ${error.message}", AGAIN, error)
        }
        val after = Files.size(file)
        if (after < source.size) fail(InstallCode.SOURCE, "the source ended at $after of ${source.size} bytes", AGAIN)
    }

    private fun append(
        stream: InputStream,
        target: FileChannel,
        before: Long,
        onChunk: (Long) -> Unit,
    ) {
        val chunk = ByteArray(CHUNK_BYTES)
        var at = before
        while (true) {
            val count = stream.read(chunk)
            if (count < 0) break
            at += count
            if (at > source.size) {
                delete()
                fail(InstallCode.CHANGED, "the source gives more than its ${source.size} bytes", "start again")
            }
            val bytes = ByteBuffer.wrap(chunk, 0, count)
            while (bytes.hasRemaining()) target.write(bytes)
            onChunk(at)
        }
    }

    private fun refuseFullDisk(needed: Long) {
        // Android refuses `Files.getFileStore`.
        val free = file.parent.toFile().usableSpace
        if (free < needed) {
            fail(InstallCode.SPACE, "$needed bytes are to come, the disk has $free left", "free some space")
        }
    }

    private fun fail(
        code: InstallCode,
        sentence: String,
        wayOut: String,
        cause: Exception? = null,
    ): Nothing = throw InstallException(code, sentence, wayOut, cause)

    /** Forgets the bytes: they have been installed, or turned out to be no bundle. */
    fun delete() {
        Files.deleteIfExists(file)
    }

    private companion object {
        const val CHUNK_BYTES = 1 shl 16
        const val KEY_BYTES = 16
        const val AGAIN = "install it again: it goes on from there"
    }
}
