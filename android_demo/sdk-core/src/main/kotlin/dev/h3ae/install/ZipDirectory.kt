package dev.h3ae.install

import dev.h3ae.BundleCode
import dev.h3ae.BundleException
import java.io.Closeable
import java.io.IOException
import java.io.InputStream
import java.nio.Buffer
import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.nio.channels.FileChannel
import java.nio.file.Path
import java.nio.file.StandardOpenOption.READ

/**
 * What an archive's directory says of one entry.
 *
 * @property isStored neither compressed nor encrypted.
 * @property unixKind the file type of its Unix mode (8: regular, 10: a link), 0 where it has none.
 * @property header offset of its local header.
 */
internal class ZipEntryRecord(
    val name: String,
    val isStored: Boolean,
    val packedSize: Long,
    val size: Long,
    val unixKind: Int,
    val header: Long,
)

/**
 * The central directory of a zip file, entry by entry as it is written.
 *
 * `java.util.zip` differs between Android and the desktop in what it lets through, and tells no file types, so that a
 * link or a second entry of one name could not be refused with it.
 */
internal class ZipDirectory(
    path: Path,
) : Closeable {
    private val channel = FileChannel.open(path, READ)

    /** Bytes of the archive. */
    val size: Long

    val entries: List<ZipEntryRecord>

    init {
        try {
            size = channel.size()
            entries = readEntries()
        } catch (error: IOException) {
            channel.close()
            throw error
        } catch (error: BundleException) {
            channel.close()
            throw error
        }
    }

    /** The content of a stored entry. */
    fun open(entry: ZipEntryRecord): InputStream {
        val local = block(entry.header, LOCAL_BYTES)
        if (local.getInt(0) != LOCAL) malformed("'${entry.name}' has no local header")
        val start = entry.header + LOCAL_BYTES + local.unsigned(26) + local.unsigned(28)
        if (start + entry.size > size) malformed("'${entry.name}' ends beyond the archive")
        return Section(start, entry.size)
    }

    override fun close(): Unit = channel.close()

    private fun readEntries(): List<ZipEntryRecord> {
        val (offset, length, count) = directory()
        if (length >
            MAX_DIRECTORY
        ) {
            throw BundleException(BundleCode.ARCHIVE_SIZE, "the archive's directory has $length bytes")
        }
        val block = block(offset, length.toInt())
        val records = ArrayList<ZipEntryRecord>()
        while (block.remaining() >= CENTRAL_BYTES && records.size < count) records += record(block)
        if (records.size.toLong() != count || block.hasRemaining()) malformed("its directory is damaged")
        return records
    }

    private data class Extent(
        val offset: Long,
        val length: Long,
        val count: Long,
    )

    private fun directory(): Extent {
        val tail = minOf(size, MAX_TAIL.toLong()).toInt()
        val block = block(size - tail, tail)
        val end =
            (tail - END_BYTES downTo 0).firstOrNull {
                block.getInt(it) == END && it + END_BYTES + block.unsigned(it + 20) == tail
            } ?: malformed("it has no directory")
        val locator = size - tail + end - LOCATOR_BYTES
        if (locator >= 0) {
            val found = block(locator, LOCATOR_BYTES)
            if (found.getInt(0) == LOCATOR) return wideDirectory(found.getLong(8), locator)
        }
        return extent(
            block.long32(end + 16),
            block.long32(end + 12),
            block.unsigned(end + 10).toLong(),
            size - tail + end,
        )
    }

    private fun wideDirectory(
        at: Long,
        end: Long,
    ): Extent {
        if (at < 0 || at > end - WIDE_BYTES) malformed("its directory is damaged")
        val block = block(at, WIDE_BYTES)
        if (block.getInt(0) != WIDE) malformed("its directory is damaged")
        return extent(block.getLong(48), block.getLong(40), block.getLong(32), at)
    }

    private fun extent(
        offset: Long,
        length: Long,
        count: Long,
        end: Long,
    ): Extent {
        // It ends where its end is recorded; negative figures are beyond 2^63.
        if (minOf(offset, length, count) < 0 || length != end - offset) malformed("its directory is damaged")
        return Extent(offset, length, count)
    }

    private fun record(block: ByteBuffer): ZipEntryRecord {
        val at = block.position()
        if (block.getInt(at) != CENTRAL) malformed("its directory is damaged")
        val nameBytes = block.unsigned(at + 28)
        val extraBytes = block.unsigned(at + 30)
        val next = at + CENTRAL_BYTES + nameBytes + extraBytes + block.unsigned(at + 32)
        if (next > block.limit()) malformed("its directory is damaged")
        val name = ByteArray(nameBytes)
        (block as Buffer).position(at + CENTRAL_BYTES)
        block.get(name)
        val wide = WideFields(block, at + CENTRAL_BYTES + nameBytes, extraBytes)
        val size = wide.value(block.long32(at + 24))
        val packed = wide.value(block.long32(at + 20))
        val header = wide.value(block.long32(at + 42))
        (block as Buffer).position(next)
        return ZipEntryRecord(
            String(name, Charsets.UTF_8),
            block.unsigned(at + 10) == STORED && block.unsigned(at + 8) and ENCRYPTED == 0,
            packed,
            size,
            block.getInt(at + 38) ushr 28,
            header,
        )
    }

    /** The 64-bit fields of an entry, which stand for those that are all ones, in their order. */
    private inner class WideFields(
        private val block: ByteBuffer,
        start: Int,
        bytes: Int,
    ) {
        private var at = -1
        private var end = -1

        init {
            var field = start
            while (field + 4 <= start + bytes) {
                val length = block.unsigned(field + 2)
                if (block.unsigned(field) == 1) {
                    at = field + 4
                    end = minOf(at + length, start + bytes)
                }
                field += 4 + length
            }
        }

        fun value(narrow: Long): Long {
            if (narrow != ALL_ONES) return narrow
            if (at < 0 || at + 8 > end) malformed("an entry lacks its size")
            val value = block.getLong(at)
            at += 8
            return if (value < 0) malformed("an entry has a negative size") else value
        }
    }

    private fun block(
        from: Long,
        count: Int,
    ): ByteBuffer {
        if (from < 0 || count < 0 || from + count > size) malformed("it ends too early")
        val buffer = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN)
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, from + buffer.position()) < 0) malformed("it ends too early")
        }
        (buffer as Buffer).rewind()
        return buffer
    }

    private inner class Section(
        private var at: Long,
        private var left: Long,
    ) : InputStream() {
        override fun read(): Int {
            val single = ByteArray(1)
            return if (read(single, 0, 1) < 0) -1 else single[0].toInt() and 0xff
        }

        override fun read(
            target: ByteArray,
            offset: Int,
            length: Int,
        ): Int {
            if (left == 0L) return -1
            val count = channel.read(ByteBuffer.wrap(target, offset, minOf(length.toLong(), left).toInt()), at)
            if (count < 0) malformed("it ends too early")
            at += count
            left -= count
            return count
        }
    }

    private companion object {
        const val LOCAL = 0x04034b50
        const val CENTRAL = 0x02014b50
        const val END = 0x06054b50
        const val LOCATOR = 0x07064b50
        const val WIDE = 0x06064b50
        const val STORED = 0
        const val ENCRYPTED = 1
        const val LOCAL_BYTES = 30
        const val CENTRAL_BYTES = 46
        const val END_BYTES = 22
        const val LOCATOR_BYTES = 20
        const val WIDE_BYTES = 56
        const val MAX_TAIL = END_BYTES + 0xffff
        const val MAX_DIRECTORY = 1L shl 23
        const val ALL_ONES = 0xffffffffL

        fun malformed(reason: String): Nothing =
            throw BundleException(BundleCode.ARCHIVE_FORMAT, "the archive cannot be read: $reason", "download it again")

        fun ByteBuffer.unsigned(at: Int): Int = getShort(at).toInt() and 0xffff

        fun ByteBuffer.long32(at: Int): Long = getInt(at).toLong() and ALL_ONES
    }
}
