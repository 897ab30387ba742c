package dev.h3ae.install

import dev.h3ae.BundleCode
import dev.h3ae.BundleException
import dev.h3ae.InstallCode
import dev.h3ae.InstallException
import dev.h3ae.bundle.Bundle
import dev.h3ae.testing.Repository
import dev.h3ae.testing.TemporaryBundle
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.cancel
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Test
import java.nio.file.Files
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertTrue

class BundleInstallerTest {
    private val packed = Files.readAllBytes(Repository.golden.resolve("bundles/tiny.h3ae.zip"))
    private val folder = TemporaryBundle.folder()
    private val installer = BundleInstaller(folder)
    private val place = folder.resolve("tiny.h3ae")

    private fun partials() =
        folder
            .resolve(".install")
            .toFile()
            .list()!!
            .toList()

    @Test
    fun `an archive becomes a verified bundle, and nothing else is left`() =
        runBlocking<Unit> {
            val progress = ArrayList<InstallProgress>()
            val bundle = installer.install(MemorySource(packed), onProgress = progress::add)
            assertEquals(place, bundle.root)
            Bundle.open(place)
            assertEquals(mapOf("tiny" to place), installer.installed())
            assertEquals(emptyList(), partials())
            assertEquals(packed.size.toLong(), progress.last { it.step == InstallStep.FETCHING }.done)
            assertEquals(progress.last().total, progress.last().done)
        }

    @Test
    fun `an installed bundle is removed, and nothing else`() =
        runBlocking<Unit> {
            installer.install(MemorySource(packed))
            for (name in listOf("other", "tiny.h3ae", "../tiny", ".install", "")) {
                val error = assertFailsWith<BundleException> { installer.remove(name) }
                assertEquals(BundleCode.BUNDLE_MISSING, error.reason)
                assertTrue("tiny" in error.wayOut.orEmpty())
            }
            Bundle.open(place)
            installer.remove("tiny")
            assertEquals(emptyMap(), installer.installed())
            assertEquals(emptyList(), partials())
            // And there is room for it again.
            installer.install(MemorySource(packed))
        }

    @Test
    fun `a removal that was ended is finished`() =
        runBlocking<Unit> {
            Files.createDirectories(folder.resolve(".install/tiny.h3ae.gone/artifacts"))
            installer.recover()
            assertEquals(emptyMap(), installer.installed())
            assertEquals(emptyList(), partials())
        }

    @Test
    fun `a broken download goes on where it ended, also in a new process`() =
        runBlocking<Unit> {
            val source = MemorySource(packed, breakAfter = 2_500)
            val error = assertFailsWith<InstallException> { installer.install(source) }
            assertEquals(InstallCode.SOURCE, error.reason)
            assertTrue(!Files.exists(place))
            while (!Files.exists(place)) {
                try {
                    BundleInstaller(folder).install(source)
                } catch (_: InstallException) {
                    // Once more.
                }
            }
            assertTrue(source.offsets.size > 2)
            assertEquals(List(source.offsets.size) { it * 2_500L }, source.offsets)
            Bundle.open(place)
        }

    @Test
    fun `bytes of another content are not gone on with`() =
        runBlocking<Unit> {
            assertFailsWith<InstallException> { installer.install(MemorySource(packed, "one", breakAfter = 2_500)) }
            val other = MemorySource(packed, "two")
            installer.install(other)
            assertEquals(listOf(0L), other.offsets)
        }

    @Test
    fun `cancellation keeps what has arrived`() =
        runBlocking<Unit> {
            val source = MemorySource(packed)
            assertFailsWith<CancellationException> {
                async(Dispatchers.Default) {
                    installer.install(source) { if (it.done > 3_000) this@async.cancel() }
                }.await()
            }
            assertTrue(!Files.exists(place))
            installer.install(source)
            assertTrue(source.offsets.last() > 3_000)
        }

    @Test
    fun `a damaged archive is refused and forgotten, and the old bundle stays`() =
        runBlocking<Unit> {
            installer.install(MemorySource(packed))
            val before = Bundle.open(place).sha256()
            val damaged = packed.copyOf().also { it[it.size / 2] = (it[it.size / 2] + 1).toByte() }
            assertFailsWith<BundleException> { installer.install(MemorySource(damaged, "damaged"), replace = true) }
            assertEquals(before, Bundle.open(place).sha256())
            assertEquals(emptyList(), partials())
        }

    @Test
    fun `a bundle is replaced only if told so`() =
        runBlocking<Unit> {
            installer.install(MemorySource(packed))
            val again = MemorySource(packed)
            val error = assertFailsWith<BundleException> { installer.install(again) }
            assertEquals(BundleCode.BUNDLE_EXISTS, error.reason)
            installer.install(again, replace = true)
            assertEquals(1, again.offsets.size)
            Bundle.open(place)
        }

    @Test
    fun `what a killed process left is undone`() =
        runBlocking<Unit> {
            installer.install(MemorySource(packed))
            val work = folder.resolve(".install")
            // Killed between the two moves of a replacement, with the new bundle half there.
            Files.move(place, work.resolve("tiny.h3ae.old"))
            Files.createDirectories(work.resolve("tiny.new/artifacts"))
            BundleInstaller(folder).recover()
            Bundle.open(place)
            assertEquals(emptyList(), partials())
            // Killed after both, before the old one was gone.
            TemporaryBundle.copy(place).toFile().copyRecursively(work.resolve("tiny.h3ae.old").toFile())
            BundleInstaller(folder).recover()
            Bundle.open(place)
            assertEquals(emptyList(), partials())
        }

    @Test
    fun `a folder that cannot be written is told`() =
        runBlocking<Unit> {
            // As on a full disk: nothing can be made where the bundles are to lie.
            val blocked = BundleInstaller(Files.createFile(folder.resolve("file")).resolve("bundles"))
            val errors =
                listOf(
                    assertFailsWith<InstallException> { blocked.install(MemorySource(packed)) },
                    assertFailsWith<InstallException> { blocked.recover() },
                )
            assertEquals(List(2) { InstallCode.SPACE }, errors.map { it.reason })
        }

    @Test
    fun `a source that gives more or less than it said is told`() =
        runBlocking<Unit> {
            val more = assertFailsWith<InstallException> { installer.install(MemorySource(packed, size = 100)) }
            assertEquals(InstallCode.CHANGED, more.reason)
            val less = MemorySource(packed, size = packed.size + 100L)
            assertEquals(InstallCode.SOURCE, assertFailsWith<InstallException> { installer.install(less) }.reason)
        }
}
