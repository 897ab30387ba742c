package dev.h3ae.install

import dev.h3ae.testing.TemporaryBundle
import java.io.ByteArrayInputStream
import java.io.ByteArrayOutputStream
import java.io.IOException
import java.io.InputStream
import java.nio.file.Files
import java.nio.file.Path
import java.util.zip.CRC32
import java.util.zip.ZipEntry
import java.util.zip.ZipOutputStream

/** An archive in memory, whose connection breaks after [breakAfter] bytes of every request. */
class MemorySource(
    private val bytes: ByteArray,
    override val identity: String = "memory",
    override val size: Long = bytes.size.toLong(),
    var breakAfter: Int = Int.MAX_VALUE,
) : ByteSource {
    /** Where each request began. */
    val offsets = ArrayList<Long>()

    override fun open(offset: Long): InputStream {
        offsets += offset
        val rest = ByteArrayInputStream(bytes, offset.toInt(), bytes.size - offset.toInt())
        var left = breakAfter
        return object : InputStream() {
            override fun read(): Int = error("read a byte at a time")

            override fun read(
                target: ByteArray,
                from: Int,
                length: Int,
            ): Int {
                if (left == 0) throw IOException("connection reset")
                return rest.read(target, from, minOf(length, left, 1_000)).also { if (it > 0) left -= it }
            }
        }
    }
}

/** Archives as attackers write them. */
object Archives {
    /** Stored, or compressed if [method] says so. */
    fun zip(
        entries: Map<String, ByteArray>,
        method: Int = ZipEntry.STORED,
    ): ByteArray {
        val bytes = ByteArrayOutputStream()
        ZipOutputStream(bytes).use { zip -> entries.forEach { (name, content) -> zip.add(name, content, method) } }
        return bytes.toByteArray()
    }

    private fun ZipOutputStream.add(
        name: String,
        content: ByteArray,
        method: Int,
    ) {
        val entry = ZipEntry(name)
        entry.method = method
        if (method == ZipEntry.STORED) {
            entry.size = content.size.toLong()
            entry.crc = CRC32().apply { update(content) }.value
        }
        putNextEntry(entry)
        write(content)
    }

    /** The entries of a bundle's folder below [top]. */
    fun entries(
        bundle: Path,
        top: String = bundle.fileName.toString(),
    ): Map<String, ByteArray> =
        bundle
            .toFile()
            .walk()
            .filter { it.isFile }
            .associate { "$top/${bundle.relativize(it.toPath())}" to it.readBytes() }

    /** Overwrites text that occurs in names with another of the same length. */
    fun rename(
        archive: ByteArray,
        from: String,
        to: String,
    ): ByteArray {
        require(from.length == to.length)
        return String(archive, Charsets.ISO_8859_1).replace(from, to).toByteArray(Charsets.ISO_8859_1)
    }

    fun file(bytes: ByteArray): Path = Files.write(TemporaryBundle.folder().resolve("archive.zip"), bytes)
}
