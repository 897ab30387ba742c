package dev.h3ae.profile

import dev.h3ae.json.DOCUMENTS
import dev.h3ae.report.Report
import dev.h3ae.report.ReportFormat
import dev.h3ae.report.replaceFile
import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable
import kotlinx.serialization.SerializationException
import java.io.IOException
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
    private val status = folder.resolve("status.json")
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

    /**
     * How the run ended whose process is no more: null if its report is there, else why it is not. A run that the
     * folder still tells of as going on has failed for [reason], which the folder tells from now on.
     */
    public fun ended(reason: String): String? {
        val status =
            try {
                DOCUMENTS.decodeFromString(ProfileStatus.serializer(), String(Files.readAllBytes(status)))
            } catch (_: IOException) {
                null
            } catch (_: SerializationException) {
                null
            }
        if (status?.state == ProfileStatus.State.DONE) return null
        if (status?.state == ProfileStatus.State.FAILED) return status.message ?: reason
        if (status != null) last = BenchmarkProgress(status.step, status.done, status.total)
        failed(reason)
        return reason
    }

    private fun write(
        state: ProfileStatus.State,
        message: String?,
    ) {
        val status = ProfileStatus(state, last.step, last.done, last.total, message)
        val text = DOCUMENTS.encodeToString(ProfileStatus.serializer(), status)
        replaceFile(this.status, text.toByteArray())
    }

    private companion object {
        const val REPORT = "report.json"
    }
}
