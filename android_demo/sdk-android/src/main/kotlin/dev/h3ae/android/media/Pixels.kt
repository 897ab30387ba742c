package dev.h3ae.android.media

import android.graphics.Bitmap
import android.hardware.HardwareBuffer
import android.os.Build
import androidx.core.graphics.createBitmap
import dev.h3ae.colour.Rgba
import dev.h3ae.decoder.Frame
import dev.h3ae.tensor.DType
import dev.h3ae.tensor.Tensor
import java.nio.ByteBuffer
import java.nio.FloatBuffer

private const val CHANNELS = 3
private const val PIXEL_BYTES = 4

/** Makes bitmaps of the decoder's planes, RGB in [-1, 1], and planes of bitmaps; reuses its memory. */
public class Pixels(
    private val size: Size,
) {
    private val bytes = ByteBuffer.allocateDirect(PIXEL_BYTES * size.width * size.height)

    /** Returns `[3, height, width]` as an opaque bitmap. */
    public fun bitmap(planes: FloatBuffer): Bitmap {
        bytes.rewind()
        Rgba.write(planes, size.height, size.width, bytes)
        bytes.rewind()
        return createBitmap(size.width, size.height).apply { copyPixelsFromBuffer(bytes) }
    }

    /** Returns an opaque bitmap as `[1, 3, height, width]`. */
    public fun planes(bitmap: Bitmap): Tensor {
        require(bitmap.width == size.width && bitmap.height == size.height) { "the bitmap has another size than $size" }
        bytes.rewind()
        bitmap.copyPixelsToBuffer(bytes)
        bytes.rewind()
        return Rgba.read(bytes, size.height, size.width)
    }
}

/** Returns the frame as a bitmap. */
public fun Frame.toBitmap(): Bitmap = Pixels(Size(width, height)).bitmap(pixels)

/** Returns the frame as a bitmap in the memory of the GPU; null where the system cannot. */
public fun Frame.toHardwareBitmap(): Bitmap? = toBitmap().copy(Bitmap.Config.HARDWARE, false)

/**
 * Returns the frame in the memory of the GPU, for a renderer, an encoder or another process, without a further copy;
 * null before Android 12 and where the system cannot. Close it.
 */
public fun Frame.toHardwareBuffer(): HardwareBuffer? =
    if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.S) toHardwareBitmap()?.hardwareBuffer else null

/** Returns opaque frames of one size as `[T, 3, H, W]` in [-1, 1], which is what encoders take. */
public fun List<Bitmap>.toTensor(): Tensor {
    val size = Size(first().width, first().height)
    val pixels = Pixels(size)
    val tensor = Tensor.allocate(DType.FLOAT32, listOf(this.size, CHANNELS, size.height, size.width))
    forEachIndexed { index, frame -> tensor.rows(index, index + 1).copyFrom(pixels.planes(frame)) }
    return tensor
}
