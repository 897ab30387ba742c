package dev.h3ae.report

import kotlinx.serialization.Serializable

/** Decoding for minutes; [lowestFramesPerSecond] is what a user meets when the device is hot. */
@Serializable
public data class Sustained(
    public val durationS: Double,
    public val frames: Int,
    public val framesPerSecond: Double,
    public val lowestFramesPerSecond: Double,
    public val intervals: List<Interval>,
) {
    public companion object {
        /** The run that consists of these intervals. */
        public fun of(intervals: List<Interval>): Sustained {
            val seconds = intervals.sumOf { it.durationS }
            val frames = intervals.sumOf { it.frames }
            return Sustained(seconds, frames, frames / seconds, intervals.minOf { it.framesPerSecond }, intervals)
        }
    }
}

/** Some seconds of uninterrupted decoding; heat and memory are those of its end. */
@Serializable
public data class Interval(
    public val startS: Double,
    public val durationS: Double,
    public val frames: Int,
    public val thermal: ThermalState,
    public val memoryBytes: Long? = null,
) {
    internal val framesPerSecond: Double get() = frames / durationS
}
