package dev.h3ae.report

import dev.h3ae.ReportCode
import dev.h3ae.ReportException
import dev.h3ae.bundle.readAtMost
import dev.h3ae.json.DocumentFault
import dev.h3ae.json.DocumentFormat
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

    private val CODES =
        mapOf(
            DocumentFault.SIZE to ReportCode.SIZE,
            DocumentFault.ENCODING to ReportCode.ENCODING,
            DocumentFault.JSON to ReportCode.JSON,
            DocumentFault.VERSION to ReportCode.VERSION,
            DocumentFault.SCHEMA to ReportCode.SCHEMA,
            DocumentFault.PATH to ReportCode.CONSISTENCY,
        )

    private val documents =
        DocumentFormat(
            "report",
            MAX_BYTES,
            knownMinor = 0,
            "measure again",
            "report.schema.json",
            Report.serializer(),
            ::checkReport,
        ) { fault, sentence, wayOut -> throw ReportException(CODES.getValue(fault), sentence, wayOut) }

    /**
     * Reads the bytes of a report.
     *
     * @throws ReportException one line that names the first field at fault.
     */
    public fun parse(data: ByteArray): Report = documents.read(data)

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
    public fun encode(report: Report): ByteArray = documents.write(report)

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
}
