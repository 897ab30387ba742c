package dev.h3ae.tensor

import org.junit.jupiter.api.Test
import kotlin.math.pow
import kotlin.test.assertEquals
import kotlin.test.assertTrue

class HalfTest {
    @Test
    fun `every half survives the way to float and back`() {
        for (bits in 0..0xffff) {
            val value = Half.toFloat(bits.toShort())
            assertEquals(reference(bits), value, 0f, "bits $bits")
            if (!value.isNaN()) assertEquals(bits.toShort(), Half.fromFloat(value), "bits $bits")
        }
    }

    @Test
    fun `floats between two halves go to the nearer, ties to the even one`() {
        for (bits in 0 until 0x7bff) {
            val low = Half.toFloat(bits.toShort()).toDouble()
            val high = Half.toFloat((bits + 1).toShort()).toDouble()
            val middle = ((low + high) / 2).toFloat()
            val even = if (bits % 2 == 0) bits else bits + 1
            assertEquals(even.toShort(), Half.fromFloat(middle), "the middle above $bits")
            assertEquals(bits.toShort(), Half.fromFloat(Math.nextDown(middle)))
            assertEquals((bits + 1).toShort(), Half.fromFloat(Math.nextUp(middle)))
        }
        assertTrue(Half.toFloat(Half.fromFloat(Float.NaN)).isNaN())
        assertEquals(Float.POSITIVE_INFINITY, Half.toFloat(Half.fromFloat(65520f)))
        assertEquals(65504f, Half.toFloat(Half.fromFloat(65519.996f)))
        assertEquals(-0f, Half.toFloat(Half.fromFloat(-1e-30f)))
    }

    private fun reference(bits: Int): Float {
        val sign = if (bits and 0x8000 != 0) -1.0 else 1.0
        val exponent = (bits shr 10) and 0x1f
        val mantissa = bits and 0x3ff
        return when (exponent) {
            0 -> sign * mantissa * 2.0.pow(-24)
            31 -> if (mantissa == 0) sign * Double.POSITIVE_INFINITY else Double.NaN
            else -> sign * (1 + mantissa / 1024.0) * 2.0.pow(exponent - 15)
        }.toFloat()
    }
}
