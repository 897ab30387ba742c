package dev.h3ae.colour

import dev.h3ae.tensor.DType
import dev.h3ae.tensor.Tensor
import java.nio.ByteBuffer
import java.nio.FloatBuffer

/** Between planes of RGB in [-1, 1] and the bytes R, G, B, A of pixels, row by row, without boxing. */
public object Rgba {
    private const val PIXEL_BYTES = 4
    private const val OPAQUE = 0xff.toByte()

    /**
     * Writes opaque pixels at the buffer's position and leaves it after the last; values are rounded and clamped.
     *
     * @param pixels `[3, height, width]`, as `Frame.pixels`.
     * @param target direct or not, with at least `height` rows of [stride] bytes left (the last may be short).
     * @param stride bytes from row to row, for bitmaps and hardware buffers that pad theirs.
     */
    public fun write(
        pixels: FloatBuffer,
        height: Int,
        width: Int,
        target: ByteBuffer,
        stride: Int = width * PIXEL_BYTES,
    ) {
        val planes = Planes(pixels, height, width)
        require(stride >= width * PIXEL_BYTES) { "rows of $stride bytes do not hold $width pixels" }
        val start = target.position()
        val line = ByteArray(width * PIXEL_BYTES)
        for (row in 0 until height) {
            planes.read(row)
            for (column in 0 until width) {
                val at = column * PIXEL_BYTES
                line[at] = byte(planes.red[column])
                line[at + 1] = byte(planes.green[column])
                line[at + 2] = byte(planes.blue[column])
                line[at + 3] = OPAQUE
            }
            (target as java.nio.Buffer).position(start + row * stride)
            target.put(line)
        }
    }

    /**
     * Reads pixels from the buffer's position on; alpha is dropped.
     *
     * @return `[1, 3, height, width]` in [-1, 1], as the encoders take it.
     */
    public fun read(
        source: ByteBuffer,
        height: Int,
        width: Int,
        stride: Int = width * PIXEL_BYTES,
    ): Tensor {
        val result = Tensor.allocate(DType.FLOAT32, listOf(1, 3, height, width))
        val floats = result.floats
        val bytes = source.duplicate()
        val start = source.position()
        val line = ByteArray(width * PIXEL_BYTES)
        val values = FloatArray(width)
        for (row in 0 until height) {
            (bytes as java.nio.Buffer).position(start + row * stride)
            bytes.get(line)
            for (channel in 0 until 3) {
                for (column in 0 until width) {
                    values[column] = (line[column * PIXEL_BYTES + channel].toInt() and 0xff) / 127.5f - 1f
                }
                (floats as java.nio.Buffer).position((channel * height + row) * width)
                floats.put(values)
            }
        }
        return result
    }

    private fun byte(value: Float): Byte = level(value).toByte()
}

/** 0 to 255 for -1 to 1, rounded and clamped; NaN is black. */
internal fun level(value: Float): Int {
    val scaled = (value + 1f) * 127.5f + 0.5f
    return if (scaled >= 255f) {
        255
    } else if (scaled > 0f) {
        scaled.toInt()
    } else {
        0
    }
}

/** Three planes, read a row at a time: bulk reads of a direct buffer cost a fraction of single ones. */
internal class Planes(
    pixels: FloatBuffer,
    private val height: Int,
    private val width: Int,
) {
    private val source = pixels.duplicate()
    private val start = pixels.position()
    val red = FloatArray(width)
    val green = FloatArray(width)
    val blue = FloatArray(width)

    init {
        require(
            source.remaining() >= 3 * height * width,
        ) { "${source.remaining()} numbers are no $height x $width frame" }
    }

    fun read(row: Int) {
        plane(0, row, red)
        plane(1, row, green)
        plane(2, row, blue)
    }

    private fun plane(
        channel: Int,
        row: Int,
        target: FloatArray,
    ) {
        (source as java.nio.Buffer).position(start + (channel * height + row) * width)
        source.get(target)
    }
}
