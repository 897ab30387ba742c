package dev.h3ae.testing

import dev.h3ae.tensor.Tensor
import java.nio.FloatBuffer
import kotlin.math.abs
import kotlin.test.assertEquals
import kotlin.test.assertTrue

/** Largest absolute difference; NaN counts as infinitely far. */
fun largestDifference(
    one: FloatBuffer,
    other: FloatBuffer,
): Float {
    assertEquals(other.remaining(), one.remaining())
    var largest = 0f
    while (other.hasRemaining()) {
        val difference = abs(one.get() - other.get())
        largest = if (difference.isNaN()) Float.POSITIVE_INFINITY else maxOf(largest, difference)
    }
    return largest
}

fun assertClose(
    expected: Tensor,
    actual: Tensor,
    tolerance: Float = 1e-3f,
) {
    assertEquals(expected.shape, actual.shape)
    val difference = largestDifference(actual.floats, expected.floats)
    assertTrue(difference <= tolerance, "differs by $difference")
}
