package dev.h3ae.profile

import dev.h3ae.json.DOCUMENTS
import dev.h3ae.report.Report
import dev.h3ae.report.ReportFormat
import dev.h3ae.report.replaceFile
import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable
import java.nio.file.Files
import java.nio.file.Path

/** How far a profile run is, for `h3ae-profile`, which reads it off the device. */
@Serializable
internal data class ProfileStatus(
    val state: State,
    val step: String,
    val done: Int,
    val total: Int,
    val message: String? = null,
) {
    @Serializable
    internal enum class State {
        @SerialName("running")
        RUNNING,

        @SerialName("done")
        DONE,

        @SerialName("failed")
        FAILED,
    }
}

/**
 * The folder in which an app tells `h3ae-profile` how far it is, and the result: `status.json` and `report.json`, each
 * written beside and moved into place, the report before the status that says so (`docs/profiling.md`).
 */
public class ProfileOutbox(
    private val folder: Path,
) {
    private var last = BenchmarkProgress("start", 0, 1)

    /** Empties the folder of an older run and says that a new one has begun. */
    public fun begin() {
        Files.createDirectories(folder)
        Files.deleteIfExists(folder.resolve(REPORT))
        running(last)
    }

    /** Says what is being done. */
    public fun running(progress: BenchmarkProgress) {
        last = progress
        write(ProfileStatus.State.RUNNING, null)
    }

    /** Hands the report over. */
    public fun done(report: Report) {
        ReportFormat.write(report, folder.resolve(REPORT))
        last = BenchmarkProgress("done", 1, 1)
        write(ProfileStatus.State.DONE, null)
    }

    /** Says why there is none. */
    public fun failed(message: String): Unit = write(ProfileStatus.State.FAILED, message)

    private fun write(
        state: ProfileStatus.State,
        message: String?,
    ) {
        val status = ProfileStatus(state, last.step, last.done, last.total, message)
        val text = DOCUMENTS.encodeToString(ProfileStatus.serializer(), status)
        replaceFile(folder.resolve("status.json"), text.toByteArray())
    }

    private companion object {
        const val REPORT = "report.json"
    }
}
