package dev.h3ae.profile

import dev.h3ae.report.ReportFormat
import dev.h3ae.testing.Repository
import dev.h3ae.testing.TemporaryBundle
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import org.junit.jupiter.api.Test
import java.nio.file.Files
import kotlin.test.assertEquals
import kotlin.test.assertNull

class ProfileOutboxTest {
    private val folder = TemporaryBundle.folder().resolve("profile")
    private val outbox = ProfileOutbox(folder)

    private fun status(field: String) =
        Json
            .parseToJsonElement(String(Files.readAllBytes(folder.resolve("status.json"))))
            .jsonObject
            .getValue(field)
            .jsonPrimitive
            .content

    @Test
    fun `a run is told from its start to its report`() {
        val report = ReportFormat.read(Repository.golden.resolve("reports/valid/full.json"))
        outbox.begin()
        assertEquals("running", status("state"))
        outbox.running(BenchmarkProgress("clips", 3, 20))
        assertEquals(listOf("clips", "3", "20"), listOf("step", "done", "total").map(::status))
        outbox.done(report)
        assertEquals("done", status("state"))
        assertEquals(report, ReportFormat.read(folder.resolve("report.json")))
        outbox.begin()
        assertEquals(listOf("status.json"), folder.toFile().list()!!.toList())
        outbox.failed("no backend")
        assertEquals(listOf("failed", "no backend"), listOf("state", "message").map(::status))
    }

    @Test
    fun `a run whose process died is told as failed, and one that had ended stays as it is`() {
        outbox.begin()
        outbox.running(BenchmarkProgress("clips", 3, 20))
        assertEquals("the process died", ProfileOutbox(folder).ended("the process died"))
        assertEquals(
            listOf("failed", "the process died", "clips", "3"),
            listOf("state", "message", "step", "done").map(::status),
        )
        assertEquals("the process died", ProfileOutbox(folder).ended("another reason"))
        outbox.begin()
        outbox.done(ReportFormat.read(Repository.golden.resolve("reports/valid/full.json")))
        assertNull(ProfileOutbox(folder).ended("the process died"))
        assertEquals("done", status("state"))
    }
}
