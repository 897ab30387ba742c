package dev.h3ae.colour

import java.nio.ByteBuffer
import java.nio.FloatBuffer

/**
 * One plane of a picture in a buffer that somebody else laid out, such as a codec's input image.
 *
 * @property buffer the plane begins at its index 0, whatever its position.
 * @property rowStride bytes from row to row.
 * @property pixelStride bytes from sample to sample; 2 where two planes share their bytes.
 */
public class Plane(
    public val buffer: ByteBuffer,
    public val rowStride: Int,
    public val pixelStride: Int,
)

/** RGB in [-1, 1] to Y'CbCr 4:2:0 of BT.709 in video range, as encoders of H.264 and HEVC take it. */
public object Yuv {
    private const val RED = 0.2126f
    private const val GREEN = 0.7152f
    private const val BLUE = 0.0722f
    private const val BLACK = 16f
    private const val LUMA_STEPS = 219f
    private const val CHROMA_STEPS = 224f
    private const val GREY = 128f

    /**
     * Writes a frame of even height and width; chroma is the mean of four pixels.
     *
     * @param pixels `[3, height, width]`, as `Frame.pixels`.
     * @throws IllegalArgumentException if the size is odd.
     */
    @Suppress("LongParameterList") // a picture and its three planes
    public fun write(
        pixels: FloatBuffer,
        height: Int,
        width: Int,
        luma: Plane,
        blueness: Plane,
        redness: Plane,
    ) {
        require(height % 2 == 0 && width % 2 == 0) { "$height x $width cannot be halved" }
        val upper = Planes(pixels, height, width)
        val lower = Planes(pixels, height, width)
        for (row in 0 until height step 2) {
            upper.read(row)
            lower.read(row + 1)
            writeLuma(upper, row, width, luma)
            writeLuma(lower, row + 1, width, luma)
            for (column in 0 until width step 2) {
                val red = mean(upper.red, lower.red, column)
                val green = mean(upper.green, lower.green, column)
                val blue = mean(upper.blue, lower.blue, column)
                val grey = RED * red + GREEN * green + BLUE * blue
                blueness.put(row / 2, column / 2, GREY + CHROMA_STEPS * (blue - grey) / (2 * (1 - BLUE)))
                redness.put(row / 2, column / 2, GREY + CHROMA_STEPS * (red - grey) / (2 * (1 - RED)))
            }
        }
    }

    private fun writeLuma(
        planes: Planes,
        row: Int,
        width: Int,
        luma: Plane,
    ) {
        for (column in 0 until width) {
            val red = unit(planes.red[column])
            val green = unit(planes.green[column])
            val blue = unit(planes.blue[column])
            luma.put(row, column, BLACK + LUMA_STEPS * (RED * red + GREEN * green + BLUE * blue))
        }
    }

    private fun mean(
        upper: FloatArray,
        lower: FloatArray,
        column: Int,
    ): Float = (unit(upper[column]) + unit(upper[column + 1]) + unit(lower[column]) + unit(lower[column + 1])) / 4

    /** 0 to 1 for -1 to 1. */
    private fun unit(value: Float): Float = ((value + 1f) / 2).coerceIn(0f, 1f)

    private fun Plane.put(
        row: Int,
        column: Int,
        value: Float,
    ) {
        buffer.put(row * rowStride + column * pixelStride, (value + 0.5f).toInt().toByte())
    }
}
