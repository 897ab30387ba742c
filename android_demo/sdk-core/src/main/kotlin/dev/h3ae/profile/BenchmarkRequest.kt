package dev.h3ae.profile

/**
 * What to measure.
 *
 * @property label what a table calls the run.
 * @property createdBy tool to version.
 * @property warmup clips before the first sample; the first of them counts as the first clip.
 * @property repetitions clips measured.
 * @property warmLoads loads again, after the clips.
 * @property sustainedS seconds of the sustained run; 0 for none.
 * @property intervalS seconds of its intervals.
 * @property isolated whether the process does nothing else.
 */
public data class BenchmarkRequest(
    public val label: String,
    public val createdBy: Map<String, String>,
    public val warmup: Int = 2,
    public val repetitions: Int = 20,
    public val warmLoads: Int = 3,
    public val sustainedS: Double = 0.0,
    public val intervalS: Double = 5.0,
    public val isolated: Boolean = true,
) {
    init {
        require(warmup >= 1) { "the first clip is no sample: it takes a warm-up of at least one" }
        require(repetitions >= 1) { "$repetitions repetitions measure nothing" }
    }
}

/** What a benchmark is doing: [done] of [total] of a [step]. */
public data class BenchmarkProgress(
    public val step: String,
    public val done: Int,
    public val total: Int,
)
