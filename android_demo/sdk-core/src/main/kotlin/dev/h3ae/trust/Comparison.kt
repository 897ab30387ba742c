package dev.h3ae.trust

import dev.h3ae.bundle.Tolerance
import dev.h3ae.decoder.Frame
import dev.h3ae.tensor.Tensor
import kotlin.math.abs
import kotlin.math.log10

/**
 * Collects the worst frame and the largest difference; holds no frame.
 *
 * @property frames the golden ones.
 * @property indices which frames of the clip those are.
 */
internal class Comparison(
    private val frames: Tensor,
    private val indices: List<Int>,
) {
    private var worst = 0.0
    private var largest = 0.0

    fun add(frame: Frame) {
        val row = indices.indexOf(frame.index)
        if (row < 0) return
        val pixels = frame.pixels
        val expected = frames.rows(row, row + 1).floats
        val count = expected.remaining()
        var sum = 0.0
        while (expected.hasRemaining()) {
            val difference = pixels.get().toDouble() - expected.get()
            sum += difference * difference
            largest = maxOf(largest, abs(difference))
        }
        worst = maxOf(worst, sum / count)
    }

    fun result(
        finite: Boolean,
        tolerance: Tolerance,
    ): SelfTestResult {
        val psnr = if (worst == 0.0) EQUAL_DB else minOf(EQUAL_DB, 10 * log10(PEAK * PEAK / worst))
        return SelfTestResult(
            indices.size,
            finite,
            if (finite) psnr else -EQUAL_DB,
            if (finite) largest else PEAK,
            tolerance,
        )
    }

    private companion object {
        /** Recorded for equal frames: JSON has no infinity. */
        const val EQUAL_DB = 200.0

        /** Peak to peak of video in [-1, 1]. */
        const val PEAK = 2.0
    }
}
