package dev.h3ae.bundle

import dev.h3ae.BundleCode
import dev.h3ae.BundleException
import dev.h3ae.testing.JsonSchemas
import dev.h3ae.testing.Repository
import kotlinx.serialization.json.contentOrNull
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestFactory
import java.nio.file.Files
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertSame
import kotlin.test.assertTrue

private const val SCHEMA = "h3ae_mobile/bundle/manifest.schema.json"
private val LENIENT = setOf("float-for-int", "line-feed", "carriage-return", "next-line", "line-separator")

class ManifestCorpusTest {
    @TestFactory
    fun `every manifest of the corpus is judged as in Python`(): List<DynamicTest> =
        Repository.index("manifests/index.json").map { entry ->
            val record = entry.jsonObject.mapValues { it.value.jsonPrimitive.contentOrNull }
            val file = record.getValue("file")!!
            DynamicTest.dynamicTest(file) {
                val data = Files.readAllBytes(Repository.golden.resolve("manifests/$file"))
                val code = record["code"]
                if (code == null) {
                    ManifestReader.parse(data)
                    if ("newer" !in file) JsonSchemas.assertValid(SCHEMA, data)
                } else {
                    val error = assertFailsWith<BundleException> { ManifestReader.parse(data) }
                    assertEquals(code, error.code, error.message)
                    record["field"]?.let { assertTrue(it in error.sentence, "'$it' is not named: ${error.sentence}") }
                    assertTrue('\n' !in error.message.orEmpty())
                    // What breaks a type or bound here breaks it for another validator; 1.0 is an integer there, and
                    // `$` matches before an end of a line.
                    if (code == "manifest.schema" && LENIENT.none { it in file }) {
                        assertTrue(JsonSchemas.faults(SCHEMA, data).isNotEmpty())
                    }
                }
            }
        }

    @Test
    fun `a further size is a manifest of its own`() {
        val manifest =
            ManifestReader.parse(Files.readAllBytes(Repository.golden.resolve("manifests/valid/full.json")))
        assertSame(manifest, manifest.at(64, 64))
        val wide = manifest.at(64, 96)
        assertEquals(listOf(3, 4, 2, 3), wide.latentShape(3))
        assertEquals(setOf("decoder_temporal_64x96", "decoder_frame_64x96"), wide.schedule.graphs)
        assertEquals(16_000, wide.memory?.peak)
        assertEquals("golden/latents-64x96.safetensors", wide.golden?.latents?.file)
        assertEquals(7, manifest.goldenFiles.size)
        val error = assertFailsWith<BundleException> { manifest.at(96, 64) }
        assertEquals(BundleCode.ARTIFACT_UNKNOWN, error.reason)
        assertEquals("there is: 64x64, 64x96", error.wayOut)
    }
}
