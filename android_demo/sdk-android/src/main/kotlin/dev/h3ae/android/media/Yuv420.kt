package dev.h3ae.android.media

import java.nio.ByteBuffer
import kotlin.math.roundToInt

/** One plane of a YUV 4:2:0 picture: where its bytes are and how far apart. */
public class Plane(
    public val bytes: ByteBuffer,
    public val rowStride: Int,
    public val pixelStride: Int,
)

/**
 * RGB to YCbCr as video encoders want it: BT.709, limited range, chroma halved by averaging 2 x 2
 * pixels. Planes and strides are what a codec hands out, planar or interleaved.
 */
public object Yuv420 {
    private const val KR = 0.2126
    private const val KB = 0.0722
    private const val KG = 1 - KR - KB
    private const val LUMA_SPAN = 219.0 / 255
    private const val CHROMA_SPAN = 224.0 / 255

    // Fixed point: a frame is a quarter of a million pixels, and doubles cost three times as much.
    private const val BITS = 16
    private const val HALF = 1 shl (BITS - 1)

    private fun fixed(value: Double) = (value * (1 shl BITS)).roundToInt()

    private val yr = fixed(KR * LUMA_SPAN)
    private val yg = fixed(KG * LUMA_SPAN)
    private val yb = fixed(KB * LUMA_SPAN)
    private val ur = fixed(-KR / (2 * (1 - KB)) * CHROMA_SPAN)
    private val ug = fixed(-KG / (2 * (1 - KB)) * CHROMA_SPAN)
    private val ub = fixed(0.5 * CHROMA_SPAN)
    private val vr = fixed(0.5 * CHROMA_SPAN)
    private val vg = fixed(-KG / (2 * (1 - KR)) * CHROMA_SPAN)
    private val vb = fixed(-KB / (2 * (1 - KR)) * CHROMA_SPAN)

    /** Writes [argb], of even [width] and height, into the planes [y], [u] and [v]. */
    public fun fill(
        argb: IntArray,
        width: Int,
        y: Plane,
        u: Plane,
        v: Plane,
    ) {
        val height = argb.size / width
        require(width % 2 == 0 && height % 2 == 0 && width * height == argb.size) {
            "4:2:0 needs an even width and height, not $width x $height"
        }
        luma(argb, width, height, y)
        for (row in 0 until height step 2) {
            for (column in 0 until width step 2) {
                val at = row * width + column
                val red = block(argb, at, width, 16)
                val green = block(argb, at, width, 8)
                val blue = block(argb, at, width, 0)
                u.put(row / 2, column / 2, 128 + mean(ur * red + ug * green + ub * blue))
                v.put(row / 2, column / 2, 128 + mean(vr * red + vg * green + vb * blue))
            }
        }
    }

    private fun luma(
        argb: IntArray,
        width: Int,
        height: Int,
        plane: Plane,
    ) {
        for (row in 0 until height) {
            for (column in 0 until width) {
                val pixel = argb[row * width + column]
                val sum = yr * (pixel shr 16 and 0xFF) + yg * (pixel shr 8 and 0xFF) + yb * (pixel and 0xFF)
                plane.put(row, column, 16 + (sum + HALF shr BITS))
            }
        }
    }

    // One channel of 2 x 2 pixels, summed.
    private fun block(
        argb: IntArray,
        at: Int,
        width: Int,
        shift: Int,
    ) = (argb[at] shr shift and 0xFF) + (argb[at + 1] shr shift and 0xFF) +
        (argb[at + width] shr shift and 0xFF) + (argb[at + width + 1] shr shift and 0xFF)

    // Of four pixels, hence two more bits.
    private fun mean(sum: Int) = sum + (HALF shl 2) shr BITS + 2

    private fun Plane.put(
        row: Int,
        column: Int,
        value: Int,
    ) {
        bytes.put(row * rowStride + column * pixelStride, value.coerceIn(0, 255).toByte())
    }
}
