package dev.h3ae.android

import android.content.ContextWrapper
import android.content.res.AssetManager
import androidx.test.ext.junit.runners.AndroidJUnit4
import dev.h3ae.BundleException
import dev.h3ae.InstallCode
import dev.h3ae.InstallException
import dev.h3ae.bundle.Bundle
import kotlinx.coroutines.runBlocking
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNotNull
import org.junit.Assert.assertNull
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RuntimeEnvironment
import java.io.File
import java.util.zip.CRC32
import java.util.zip.ZipEntry
import java.util.zip.ZipOutputStream

/** The first starts of an app that carries a bundle; Android's own asset manager reads the package. */
@RunWith(AndroidJUnit4::class)
class AssetBundlesTest {
    private val archive =
        generateSequence(File("").absoluteFile) { it.parentFile }
            .map { File(it, "tests/golden/bundles/tiny.h3ae.zip") }
            .first { it.isFile }
            .readBytes()

    @Test
    fun `a bundle is unpacked at the first start, and only then`() =
        runBlocking<Unit> {
            val bundles = AssetBundles(appWith(archive))
            val progress = ArrayList<Int>()
            val bundle = checkNotNull(bundles.installed(progress::add))
            assertEquals("tiny.h3ae", bundle.root.fileName.toString())
            assertEquals(100, progress.last())
            assertEquals(progress.sorted(), progress)
            progress.clear()
            assertNotNull(bundles.installed(progress::add))
            assertTrue(progress.isEmpty())
        }

    @Test
    fun `an app without a bundle has none`() =
        runBlocking<Unit> {
            assertNull(AssetBundles(RuntimeEnvironment.getApplication()).installed())
        }

    @Test
    fun `a damaged archive is refused`() {
        val damaged = archive.copyOf().also { it[it.size / 2] = (it[it.size / 2] + 1).toByte() }
        assertThrows(BundleException::class.java) { runBlocking { AssetBundles(appWith(damaged)).installed() } }
    }

    @Test
    fun `a copy that was damaged is made anew`() =
        runBlocking<Unit> {
            val bundles = AssetBundles(appWith(archive))
            val root = checkNotNull(bundles.installed()).root.toFile()
            File(root, "manifest.json").writeText("{")
            val bundle = checkNotNull(bundles.installed())
            assertEquals(root, bundle.root.toFile())
            File(root, "artifacts").walk().first { it.isFile }.appendText("x")
            Bundle.open(checkNotNull(bundles.installed()).root)
        }

    @Test
    fun `a disk that cannot be written is told`() {
        val home = File(RuntimeEnvironment.getApplication().noBackupFilesDir, "bundles")
        home.deleteRecursively()
        home.writeText("in the way")
        val error =
            assertThrows(InstallException::class.java) { runBlocking { AssetBundles(appWith(archive)).installed() } }
        assertEquals(InstallCode.SPACE, error.reason)
        home.delete()
    }

    /** The app, with a package that holds [archive] stored, as ours does. */
    private fun appWith(archive: ByteArray): ContextWrapper {
        val apk = File.createTempFile("app", ".apk").apply { deleteOnExit() }
        ZipOutputStream(apk.outputStream()).use { zip ->
            val entry = ZipEntry("assets/tiny.h3ae.zip")
            entry.method = ZipEntry.STORED
            entry.size = archive.size.toLong()
            entry.crc = CRC32().apply { update(archive) }.value
            zip.putNextEntry(entry)
            zip.write(archive)
        }
        // Hidden, and the one way to read a package that is not installed.
        val manager = AssetManager::class.java.getDeclaredConstructor().newInstance()
        AssetManager::class.java.getMethod("addAssetPath", String::class.java).invoke(manager, apk.path)
        return object : ContextWrapper(RuntimeEnvironment.getApplication()) {
            override fun getAssets(): AssetManager = manager
        }
    }
}
