package dev.h3ae.tensor

import java.nio.FloatBuffer
import java.nio.ShortBuffer

/** IEEE 754 half precision: Android has `Half`, the desktop JVM has it from 20 on, and both must agree. */
internal object Half {
    private const val EXPONENT_SHIFT = 10
    private const val MANTISSA = 0x3ff
    private const val EXPONENT = 0x1f
    private const val SIGN = 0x8000
    private const val REBIAS = 112
    private const val SUBNORMAL = 1.0f / (1 shl 24)
    private const val DROPPED = 13
    private const val INFINITY = 0x7c00

    fun toFloat(bits: Short): Float {
        val half = bits.toInt()
        val sign = (half and SIGN) shl 16
        val exponent = (half ushr EXPONENT_SHIFT) and EXPONENT
        val mantissa = half and MANTISSA
        if (exponent == 0) {
            val value = mantissa * SUBNORMAL
            return if (sign != 0) -value else value
        }
        val wide = if (exponent == EXPONENT) 0xff else exponent + REBIAS
        return Float.fromBits(sign or (wide shl 23) or (mantissa shl DROPPED))
    }

    /** Rounds to nearest, ties to even; what is too large becomes infinite. */
    fun fromFloat(value: Float): Short {
        val bits = value.toRawBits()
        val sign = (bits ushr 16) and SIGN
        val magnitude = bits and Int.MAX_VALUE
        val half =
            when {
                magnitude > 0x7f800000 -> INFINITY or 0x200
                magnitude >= 0x477ff000 -> INFINITY
                magnitude >= 0x38800000 -> rounded(magnitude - (REBIAS shl 23), DROPPED)
                magnitude >= 0x33000000 -> rounded((magnitude and 0x7fffff) or 0x800000, 126 - (magnitude ushr 23))
                else -> 0
            }
        return (sign or half).toShort()
    }

    private fun rounded(
        bits: Int,
        dropped: Int,
    ): Int {
        val kept = bits ushr dropped
        val rest = bits and ((1 shl dropped) - 1)
        val middle = 1 shl (dropped - 1)
        return if (rest > middle || (rest == middle && kept and 1 == 1)) kept + 1 else kept
    }

    fun widen(
        source: ShortBuffer,
        target: FloatBuffer,
    ) {
        while (source.hasRemaining()) target.put(toFloat(source.get()))
    }

    fun narrow(
        source: FloatBuffer,
        target: ShortBuffer,
    ) {
        while (source.hasRemaining()) target.put(fromFloat(source.get()))
    }
}
