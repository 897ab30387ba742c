package dev.h3ae.android.media

import android.graphics.Bitmap
import dev.h3ae.decoder.Frame
import dev.h3ae.tensor.DType
import dev.h3ae.tensor.Tensor
import java.nio.FloatBuffer

private const val CHANNELS = 3
private const val OPAQUE = 0xFF shl 24

/** Converts between the decoder's planes, RGB in [-1, 1], and packed 8-bit pixels. */
public class Pixels(
    private val size: Size,
) {
    private val plane = size.width * size.height
    private val floats = FloatArray(CHANNELS * plane)

    /** Writes the planes R, G and B of [planes] into [argb], rounded to the nearest of 256 steps. */
    public fun pack(
        planes: FloatBuffer,
        argb: IntArray = IntArray(plane),
    ): IntArray {
        planes.get(floats)
        for (at in 0 until plane) {
            argb[at] = OPAQUE or (byte(floats[at]) shl 16) or (byte(floats[at + plane]) shl 8) or byte(floats[at + 2 * plane])
        }
        return argb
    }

    /** Writes [argb] into [planes] as the planes R, G and B. */
    public fun unpack(
        argb: IntArray,
        planes: FloatBuffer,
    ) {
        for (at in 0 until plane) {
            val pixel = argb[at]
            floats[at] = signed(pixel shr 16)
            floats[at + plane] = signed(pixel shr 8)
            floats[at + 2 * plane] = signed(pixel)
        }
        planes.put(floats)
    }

    /** Returns [planes] as a bitmap. */
    public fun bitmap(planes: FloatBuffer): Bitmap =
        Bitmap.createBitmap(pack(planes), size.width, size.height, Bitmap.Config.ARGB_8888)

    // A frame with NaN is refused before it gets here; black is what a picture of one would show.
    private fun byte(value: Float): Int = if (value.isNaN()) 0 else ((value + 1) * 127.5f + 0.5f).toInt().coerceIn(0, 255)

    private fun signed(byte: Int): Float = (byte and 0xFF) / 127.5f - 1
}

/** Returns the frame as a bitmap. */
public fun Frame.toBitmap(): Bitmap = Pixels(Size(width, height)).bitmap(pixels)

/**
 * Returns the frame as a bitmap in the GPU's memory, whose `hardwareBuffer` (Android 12) can be handed to a renderer, an
 * encoder or another process without a further copy.
 */
public fun Frame.toHardwareBitmap(): Bitmap? = toBitmap().copy(Bitmap.Config.HARDWARE, false)

/** Returns frames of one size as `[T, 3, H, W]` in [-1, 1], which is what encoders take. */
public fun List<Bitmap>.toTensor(): Tensor {
    val size = Size(first().width, first().height)
    val pixels = Pixels(size)
    val tensor = Tensor.allocate(DType.FLOAT32, listOf(this.size, CHANNELS, size.height, size.width))
    val planes = tensor.floats
    forEach { pixels.unpack(it.pixels(), planes) }
    return tensor
}
