package dev.h3ae.report

import dev.h3ae.bundle.Tolerance
import kotlinx.serialization.Serializable

/**
 * What one engine did with one bundle on one device: the format that Python, Swift and Kotlin share. Times are in
 * seconds. `report.schema.json` states types and bounds, `docs/profiling.md` what is measured.
 *
 * @property label what a table calls this run.
 * @property created UTC, `2026-11-20T19:47:23Z`.
 * @property createdBy tool to version.
 * @property firstFrame from handing over the latents to holding the first frame, in the same clips as [clip].
 * @property clip from handing over the latents to holding the last frame.
 * @property framesPerSecond frames of a clip by its median latency.
 * @property stages the clip's parts.
 */
@Serializable
public data class Report(
    public val schemaVersion: String = "1.0",
    public val label: String,
    public val session: String? = null,
    public val created: String,
    public val createdBy: Map<String, String>,
    public val subject: Subject,
    public val workload: Workload,
    public val device: Device,
    public val engine: EngineRecord,
    public val protocol: Protocol,
    public val load: Loads,
    public val firstFrame: Distribution? = null,
    public val clip: Distribution,
    public val framesPerSecond: Double,
    public val stages: List<Stage> = emptyList(),
    public val operations: Operations? = null,
    public val placement: Placement? = null,
    public val memory: MemoryRecord? = null,
    public val sustained: Sustained? = null,
    public val output: OutputCheck? = null,
)

/** The artifacts of a bundle that ran; [bundleSha256] is the hash of its manifest. */
@Serializable
public data class Subject(
    public val bundle: String,
    public val bundleSha256: String,
    public val model: String,
    public val target: String,
    public val backend: String,
    public val precision: String,
)

/** One clip: `clip` in one call of the temporal stage, `stream` latent by latent, `i2v` with a first frame. */
@Serializable
public data class Workload(
    public val mode: String,
    public val frames: Int,
    public val height: Int,
    public val width: Int,
    public val framesPerCall: Int = 1,
)

/** The decode of the golden latents against the golden frames; [psnrDb] is of the worst frame. */
@Serializable
public data class OutputCheck(
    public val frames: Int,
    public val finite: Boolean,
    public val psnrDb: Double,
    public val maxAbs: Double,
    public val tolerance: Tolerance,
    public val passed: Boolean,
    public val sheet: Sheet? = null,
)

/** A PNG beside the report: decoded frames, golden frames and their difference. */
@Serializable
public data class Sheet(
    public val file: String,
    public val sha256: String,
)
