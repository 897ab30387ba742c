package dev.h3ae.bundle

import dev.h3ae.BundleCode
import dev.h3ae.BundleException
import dev.h3ae.tensor.Safetensors
import dev.h3ae.testing.Repository
import dev.h3ae.testing.TemporaryBundle
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.runBlocking
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestFactory
import java.nio.file.Files
import java.nio.file.Path
import java.nio.file.StandardOpenOption.APPEND
import java.util.concurrent.CountDownLatch
import kotlin.experimental.inv
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertTrue

class BundleTest {
    private val tiny = Repository.golden.resolve("bundles/tiny.h3ae")

    @Test
    fun `a whole bundle opens`() =
        runBlocking<Unit> {
            val bundle = Bundle.open(tiny)
            assertTrue(Files.exists(bundle.path(bundle.manifest.artifacts.first())))
            assertEquals(64, bundle.sha256().length)
        }

    @TestFactory
    fun `every damage of the corpus is told as in Python`(): List<DynamicTest> =
        Repository.index("bundles/mutations.json").map { entry ->
            val record = entry.jsonObject.mapValues { it.value.jsonPrimitive.content }
            DynamicTest.dynamicTest(record.getValue("name")) {
                val copy = TemporaryBundle.copy(tiny)
                mutate(record.getValue("op"), copy.resolve(record.getValue("file")))
                val error = assertFailsWith<BundleException> { runBlocking { Bundle.open(copy) } }
                assertEquals(record.getValue("code"), error.code, error.message)
            }
        }

    private fun mutate(
        operation: String,
        file: Path,
    ) {
        when (operation) {
            "delete" -> {
                file.toFile().deleteRecursively()
            }

            "truncate" -> {
                Files.write(file, Files.readAllBytes(file).let { it.copyOf(it.size / 2) })
            }

            "append" -> {
                Files.write(file, byteArrayOf(0), APPEND)
            }

            "flip" -> {
                Files.write(file, Files.readAllBytes(file).also { it[it.size - 1] = it.last().inv() })
            }

            "add" -> {
                Files.write(file, byteArrayOf(0))
            }

            "link" -> {
                val aside = TemporaryBundle.folder().resolve("aside")
                Files.move(file, aside)
                Files.createSymbolicLink(file, aside)
            }

            else -> {
                error("an unknown operation: $operation")
            }
        }
    }

    @Test
    fun `a cancelled read is no damage`() =
        runBlocking<Unit> {
            val begun = CountDownLatch(1)
            val job =
                async(Dispatchers.IO) {
                    reading {
                        begun.countDown()
                        while (!Thread.currentThread().isInterrupted) Thread.onSpinWait()
                        Safetensors.read(tiny.resolve("golden/latents.safetensors"))
                    }
                }
            begun.await()
            job.cancel()
            assertFailsWith<CancellationException> { job.await() }
        }

    @Test
    fun `what is no bundle is told`() =
        runBlocking<Unit> {
            val missing = assertFailsWith<BundleException> { Bundle.open(tiny.resolveSibling("none.h3ae")) }
            assertEquals(BundleCode.BUNDLE_MISSING, missing.reason)
            val archive = assertFailsWith<BundleException> { Bundle.open(tiny.resolveSibling("tiny.h3ae.zip")) }
            assertEquals(BundleCode.BUNDLE_NOT_A_DIRECTORY, archive.reason)
            assertEquals("install the archive first", archive.wayOut)
        }

    @Test
    fun `an artifact that does not exist is told with those that do`() =
        runBlocking<Unit> {
            val error =
                assertFailsWith<BundleException> { Bundle.open(tiny).artifact("executorch", "decoder_frame", "int2") }
            assertEquals(BundleCode.ARTIFACT_UNKNOWN, error.reason)
        }
}
