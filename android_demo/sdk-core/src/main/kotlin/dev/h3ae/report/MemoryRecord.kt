package dev.h3ae.report

import kotlinx.serialization.Serializable

/**
 * Peak memory of the decoding process, in bytes.
 *
 * @property method what was read, for instance `VmHWM`.
 * @property baseBytes before anything was loaded.
 * @property aboveBaseBytes what the decoder costs an app.
 */
@Serializable
public data class MemoryRecord(
    public val method: String,
    public val baseBytes: Long,
    public val peakBytes: Long,
    public val aboveBaseBytes: Long,
    public val stages: List<StagePeak> = emptyList(),
    public val samples: List<MemorySample> = emptyList(),
)

/** Peak above the base while one graph alone is loaded and runs. */
@Serializable
public data class StagePeak(
    public val graph: String,
    public val aboveBaseBytes: Long,
)

/** Memory at a moment, in seconds from the start of the run. */
@Serializable
public data class MemorySample(
    public val atS: Double,
    public val bytes: Long,
)
