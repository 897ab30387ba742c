package dev.h3ae.report

import kotlinx.serialization.Serializable
import kotlin.math.floor

/**
 * Repeated measurements of one duration, in seconds.
 *
 * @property samplesS every one, in the order of measurement; none is dropped as an outlier.
 */
@Serializable
public data class Distribution(
    public val samplesS: List<Double>,
    public val p50S: Double,
    public val p90S: Double,
    public val p99S: Double,
) {
    public companion object {
        /** The distribution of samples in seconds, kept to the nanosecond. */
        public fun of(samples: List<Double>): Distribution {
            val kept = samples.map(::toNanosecond)
            val (p50, p90, p99) = PERCENTILES.map { toNanosecond(quantile(kept, it)) }
            return Distribution(kept, p50, p90, p99)
        }
    }
}

internal val PERCENTILES = listOf(0.5, 0.9, 0.99)

/** A quantile by linear interpolation between order statistics, at position q (n - 1), as in the other languages. */
public fun quantile(
    samples: List<Double>,
    q: Double,
): Double {
    val ordered = samples.sorted()
    val position = q * (ordered.size - 1)
    val low = floor(position).toInt()
    val high = minOf(low + 1, ordered.size - 1)
    return ordered[low] + (position - low) * (ordered[high] - ordered[low])
}

private fun toNanosecond(seconds: Double): Double = Math.round(seconds * 1e9) / 1e9
