package dev.h3ae.install

import dev.h3ae.BundleCode
import dev.h3ae.BundleException
import dev.h3ae.testing.Repository
import org.junit.jupiter.api.Test
import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.nio.file.Files
import java.util.zip.ZipEntry
import kotlin.random.Random
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertTrue

class ArchiveTest {
    private val folder = Repository.golden.resolve("bundles/tiny.h3ae")
    private val packed = Files.readAllBytes(Repository.golden.resolve("bundles/tiny.h3ae.zip"))
    private val entries = Archives.entries(folder)

    private fun judge(archive: ByteArray) = ZipDirectory(Archives.file(archive)).use { Archive.read(it).files }

    private fun assertRefused(
        code: BundleCode,
        archive: ByteArray,
    ) = assertEquals(code, assertFailsWith<BundleException> { judge(archive) }.reason)

    @Test
    fun `Python's archive and another zip of the same files are read alike`() {
        val names = entries.keys.map { it.substringAfter('/') }.toSet()
        assertEquals(names, judge(packed).keys)
        assertEquals(names, judge(Archives.zip(entries)).keys)
    }

    @Test
    fun `what has no business in an archive is refused`() {
        val evil = entries + ("tiny.h3ae/zz" to byteArrayOf(1))
        assertRefused(BundleCode.ARCHIVE_UNSAFE, Archives.zip(evil))
        assertRefused(BundleCode.ARCHIVE_UNSAFE, Archives.zip(entries + ("../evil" to byteArrayOf(1))))
        assertRefused(BundleCode.ARCHIVE_UNSAFE, Archives.zip(entries + ("/etc/passwd" to byteArrayOf(1))))
        assertRefused(BundleCode.ARCHIVE_UNSAFE, Archives.zip(entries + ("tiny.h3ae/a\\b" to byteArrayOf(1))))
        assertRefused(BundleCode.ARCHIVE_UNSAFE, Archives.zip(entries + ("other.h3ae/x" to byteArrayOf(1))))
        assertRefused(BundleCode.ARCHIVE_UNSAFE, Archives.zip(entries + ("alone" to byteArrayOf(1))))
        assertRefused(
            BundleCode.ARCHIVE_UNSAFE,
            Archives.zip(entries + ("tiny.h3ae/artifacts/decoder.pte/x" to byteArrayOf(1))),
        )
        assertRefused(BundleCode.ARCHIVE_UNSAFE, Archives.zip(entries, ZipEntry.DEFLATED))
        val second = Archives.zip(entries + ("tiny.h3ae/manifest.jsoX" to byteArrayOf(1)))
        assertRefused(BundleCode.ARCHIVE_UNSAFE, Archives.rename(second, "manifest.jsoX", "manifest.json"))
        assertRefused(BundleCode.ARCHIVE_UNSAFE, Archives.rename(second, "manifest.jsoX", "MANIFEST.json"))
        assertRefused(BundleCode.MANIFEST_MISSING, Archives.zip(entries - "tiny.h3ae/manifest.json"))
    }

    @Test
    fun `links, lies about sizes and damage are refused`() {
        val central = packed.lastIndexOfSignature(0x02014b50)

        fun patched(patch: (ByteBuffer) -> Unit) =
            packed.copyOf().also { patch(ByteBuffer.wrap(it).order(ByteOrder.LITTLE_ENDIAN)) }
        assertRefused(BundleCode.ARCHIVE_UNSAFE, patched { it.putInt(central + 38, 0xa1ff shl 16) })
        assertRefused(
            BundleCode.ARCHIVE_SIZE,
            patched { it.putInt(central + 24, 0x7fffffff).putInt(central + 20, 0x7fffffff) },
        )
        assertRefused(BundleCode.ARCHIVE_UNSAFE, patched { it.putInt(central + 24, 0x7fffffff) })
        assertRefused(BundleCode.ARCHIVE_UNSAFE, patched { it.putShort(central + 8, 1) })
        assertRefused(BundleCode.ARCHIVE_FORMAT, packed.copyOf(packed.size / 2))
        assertRefused(BundleCode.ARCHIVE_FORMAT, ByteArray(0))
        assertRefused(BundleCode.ARCHIVE_FORMAT, ByteArray(100))
    }

    @Test
    fun `random damage gives a typed error or an archive`() {
        val random = Random(11)
        var refused = 0
        repeat(1_000) {
            val damaged = packed.copyOf()
            repeat(1 + random.nextInt(3)) {
                // Names and directories, rather than contents, which hashes guard.
                damaged[damaged.size - 1 - random.nextInt(minOf(damaged.size, 2_000))] = random.nextInt(256).toByte()
            }
            try {
                judge(damaged)
            } catch (_: BundleException) {
                refused++
            }
        }
        assertTrue(refused > 300, "only $refused of 1000 were refused")
    }

    private fun ByteArray.lastIndexOfSignature(signature: Int): Int {
        val buffer = ByteBuffer.wrap(this).order(ByteOrder.LITTLE_ENDIAN)
        return (size - 4 downTo 0).first { buffer.getInt(it) == signature }
    }
}
