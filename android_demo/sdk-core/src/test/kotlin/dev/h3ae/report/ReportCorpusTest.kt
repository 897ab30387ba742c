package dev.h3ae.report

import dev.h3ae.ReportCode
import dev.h3ae.ReportException
import dev.h3ae.testing.JsonSchemas
import dev.h3ae.testing.Repository
import dev.h3ae.testing.TemporaryBundle
import kotlinx.serialization.json.contentOrNull
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestFactory
import java.nio.file.Files
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertTrue

private const val SCHEMA = "profiling/h3ae_profiling/report/report.schema.json"

class ReportCorpusTest {
    @TestFactory
    fun `every report of the corpus is judged as in Python`(): List<DynamicTest> =
        Repository.index("reports/index.json").map { entry ->
            val record = entry.jsonObject.mapValues { it.value.jsonPrimitive.contentOrNull }
            val file = record.getValue("file")!!
            DynamicTest.dynamicTest(file) {
                val data = Files.readAllBytes(Repository.golden.resolve("reports/$file"))
                val code = record["code"]
                if (code == null) {
                    val report = ReportFormat.parse(data)
                    // What is read is written again, valid for others, and means the same.
                    val written = ReportFormat.encode(report.copy(schemaVersion = "1.0"))
                    assertEquals(report.copy(schemaVersion = "1.0"), ReportFormat.parse(written))
                    JsonSchemas.assertValid(SCHEMA, written)
                } else {
                    val error = assertFailsWith<ReportException> { ReportFormat.parse(data) }
                    assertEquals(code, error.code, error.message)
                    record["field"]?.let { assertTrue(it in error.sentence, "'$it' is not named: ${error.sentence}") }
                }
            }
        }

    @Test
    fun `a file is replaced as a whole`() {
        val report = ReportFormat.parse(Files.readAllBytes(Repository.golden.resolve("reports/valid/full.json")))
        val file = TemporaryBundle.folder().resolve("report.json")
        ReportFormat.write(report, file)
        ReportFormat.write(report.copy(label = "again"), file)
        assertEquals("again", ReportFormat.read(file).label)
        assertEquals(
            listOf("report.json"),
            file.parent
                .toFile()
                .list()!!
                .toList(),
        )
        val contradiction = report.copy(framesPerSecond = report.framesPerSecond * 2)
        assertFailsWith<ReportException> { ReportFormat.write(contradiction, file) }
        assertEquals("again", ReportFormat.read(file).label)
        val missing = assertFailsWith<ReportException> { ReportFormat.read(file.resolveSibling("none.json")) }
        assertEquals(ReportCode.MISSING, missing.reason)
    }

    @Test
    fun `percentiles are linear between order statistics`() {
        // numpy.quantile([3, 1, 4, 1, 5], [0.5, 0.9, 0.99])
        val distribution = Distribution.of(listOf(3.0, 1.0, 4.0, 1.0, 5.0))
        assertEquals(3.0, distribution.p50S)
        assertEquals(4.6, distribution.p90S, 1e-9)
        assertEquals(4.96, distribution.p99S, 1e-9)
        assertEquals(2.0, Distribution.of(listOf(2.0)).p99S)
    }
}
