package dev.h3ae.demo.clip

import java.nio.FloatBuffer
import kotlin.math.log10

// Peak to peak of video in [-1, 1], and what stands for equal pictures.
private const val PEAK = 2.0
private const val EQUAL_DB = 200.0

/** Peak signal-to-noise ratio of two pictures in [-1, 1], in decibels; 200 for equal ones. */
fun psnrDb(
    picture: FloatBuffer,
    reference: FloatBuffer,
): Double {
    val count = reference.remaining()
    var sum = 0.0
    while (reference.hasRemaining()) {
        val difference = picture.get().toDouble() - reference.get()
        sum += difference * difference
    }
    return if (sum == 0.0) EQUAL_DB else minOf(EQUAL_DB, 10 * log10(PEAK * PEAK * count / sum))
}
