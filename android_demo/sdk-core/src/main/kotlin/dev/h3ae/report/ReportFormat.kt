package dev.h3ae.report

import dev.h3ae.ReportCode
import dev.h3ae.ReportException
import dev.h3ae.bundle.readAtMost
import dev.h3ae.json.DOCUMENTS
import dev.h3ae.json.Fault
import dev.h3ae.json.JsonSchema
import dev.h3ae.json.StrictJson
import dev.h3ae.json.StrictJsonException
import dev.h3ae.json.Version
import dev.h3ae.json.statedVersion
import kotlinx.serialization.json.JsonObject
import java.io.IOException
import java.nio.file.Files
import java.nio.file.Path
import java.text.SimpleDateFormat
import java.util.Date
import java.util.Locale
import java.util.TimeZone

/** Reads and writes reports, each checked against the schema and the rules in both directions. */
public object ReportFormat {
    private const val MAX_BYTES = 1 shl 26
    private const val MAJOR = 1
    private const val MINOR = 0
    private val schema by lazy { JsonSchema.resource("report.schema.json") }

    /**
     * Reads the bytes of a report.
     *
     * @throws ReportException one line that names the first field at fault.
     */
    public fun parse(data: ByteArray): Report {
        if (data.size > MAX_BYTES) {
            throw ReportException(ReportCode.SIZE, "the report has ${data.size} bytes, over $MAX_BYTES")
        }
        val document =
            try {
                StrictJson.parse(data)
            } catch (error: StrictJsonException) {
                throw ReportException(
                    if (error.encoding) ReportCode.ENCODING else ReportCode.JSON,
                    "the report is ${error.message}",
                )
            }
        schema.firstFault(document, ignoreUnknown = isNewer(document))?.let { throw refusal(it) }
        return DOCUMENTS.decodeFromJsonElement(Report.serializer(), document).also(::checkReport)
    }

    /**
     * Reads a report file.
     *
     * @throws ReportException if it is not there, or no report.
     */
    public fun read(file: Path): Report =
        try {
            parse(Files.newInputStream(file).use { readAtMost(it, MAX_BYTES + 1) })
        } catch (error: IOException) {
            throw ReportException(ReportCode.MISSING, "cannot read ${file.fileName}: ${error.message}", cause = error)
        }

    /**
     * The bytes of a report.
     *
     * @throws ReportException if its figures contradict each other, or pass a bound of the schema.
     */
    public fun encode(report: Report): ByteArray {
        val document = DOCUMENTS.encodeToJsonElement(Report.serializer(), report)
        schema.firstFault(document, ignoreUnknown = false)?.let { throw refusal(it) }
        checkReport(report)
        return (DOCUMENTS.encodeToString(Report.serializer(), report) + "\n").toByteArray()
    }

    /**
     * Writes a report beside its place and moves it there.
     *
     * @throws ReportException as [encode].
     * @throws IOException if the disk does not take it; an older report is then as it was.
     */
    public fun write(
        report: Report,
        file: Path,
    ): Unit = replaceFile(file, encode(report))

    /** A moment as [Report.created] wants it. */
    public fun timestamp(moment: Date = Date()): String {
        val format = SimpleDateFormat("yyyy-MM-dd'T'HH:mm:ss'Z'", Locale.ROOT)
        format.timeZone = TimeZone.getTimeZone("UTC")
        return format.format(moment)
    }

    private fun isNewer(document: JsonObject): Boolean {
        val stated =
            document.statedVersion() ?: throw ReportException(ReportCode.VERSION, "the report states no schema_version")
        val version =
            Version.parse(stated)
                ?: throw ReportException(ReportCode.VERSION, "schema_version '$stated' is not major.minor")
        if (version.major != MAJOR) {
            throw ReportException(
                ReportCode.VERSION,
                "the report has format version $stated, this reader knows $MAJOR.x",
                if (version.major > MAJOR) "update the app" else "measure again",
            )
        }
        return version.minor > MINOR
    }

    private fun refusal(fault: Fault): ReportException {
        // A path beside the report is a matter of consistency in the format, of pattern in its schema.
        val path = fault.where == "output.sheet.file" && fault.keyword in setOf("pattern", "maxLength")
        val code = if (path) ReportCode.CONSISTENCY else ReportCode.SCHEMA
        return ReportException(code, "report: ${fault.where}: ${fault.problem}")
    }
}
