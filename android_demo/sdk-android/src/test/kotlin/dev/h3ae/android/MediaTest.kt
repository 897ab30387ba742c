package dev.h3ae.android

import android.graphics.Bitmap
import android.graphics.Color
import android.media.MediaCodec
import android.media.MediaMetadataRetriever
import android.net.Uri
import android.os.Build
import androidx.exifinterface.media.ExifInterface
import androidx.test.ext.junit.runners.AndroidJUnit4
import dev.h3ae.android.media.ClipReader
import dev.h3ae.android.media.Fit
import dev.h3ae.android.media.MediaCode
import dev.h3ae.android.media.MediaException
import dev.h3ae.android.media.Mp4Writer
import dev.h3ae.android.media.Pixels
import dev.h3ae.android.media.Size
import dev.h3ae.android.media.toHardwareBuffer
import dev.h3ae.android.media.toTensor
import dev.h3ae.decoder.Frame
import dev.h3ae.tensor.DType
import dev.h3ae.tensor.Tensor
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNull
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode
import org.robolectric.annotation.Implementation
import org.robolectric.annotation.Implements
import org.robolectric.shadows.ShadowMediaCodec
import org.robolectric.shadows.ShadowMediaMetadataRetriever
import org.robolectric.shadows.util.DataSource
import org.robolectric.util.ReflectionHelpers
import java.io.ByteArrayInputStream
import java.io.File
import kotlin.math.abs

/** Photos and videos as clips; drawing and decoding of photos are Android's own code. */
@RunWith(AndroidJUnit4::class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
class MediaTest {
    private val context = RuntimeEnvironment.getApplication()
    private val uri = Uri.parse("content://media/1")
    private val reader = ClipReader(context)

    @Test
    fun `a photo is cropped, held and upright as EXIF says`() {
        // Left half red, right half blue, stored lying: shown, red is above.
        val lying = halves(400, 200)
        serve(jpeg(lying, ExifInterface.ORIENTATION_ROTATE_90))
        val clip = reader.photo(uri, 9, Size(64, 64), 24.0)
        assertEquals(9, clip.frames.size)
        val frame = clip.frames.first()
        assertEquals(64, frame.width)
        assertTrue(isRed(frame.getPixel(32, 8)))
        assertTrue(isBlue(frame.getPixel(32, 56)))
    }

    @Test
    fun `padding is black`() {
        serve(jpeg(halves(400, 200), ExifInterface.ORIENTATION_NORMAL))
        val frame = reader.photo(uri, 1, Size(64, 64), 24.0, Fit.PAD).frames.single()
        assertEquals(Color.BLACK, frame.getPixel(32, 2))
        assertTrue(isRed(frame.getPixel(8, 32)))
    }

    @Test
    fun `what is no photo is refused`() {
        serve("not a photo".toByteArray())
        val error = assertThrows(MediaException::class.java) { reader.photo(uri, 1, Size(64, 64), 24.0) }
        assertEquals(MediaCode.UNREADABLE, error.reason)
    }

    @Test
    fun `a photo that is gone is told`() {
        val error =
            assertThrows(
                MediaException::class.java,
            ) { reader.photo(Uri.parse("file:///none.jpg"), 1, Size(64, 64), 24.0) }
        assertEquals(MediaCode.GONE, error.reason)
    }

    @Test
    fun `a video shorter than the clip is held at its end`() {
        val source = DataSource.toDataSource(context, uri)
        ShadowMediaMetadataRetriever.addMetadata(source, MediaMetadataRetriever.METADATA_KEY_DURATION, "100")
        for (time in listOf(0L, 41_666L, 83_333L)) {
            ShadowMediaMetadataRetriever.addFrame(source, time, halves(128, 128))
        }
        val clip = reader.video(uri, 9, Size(64, 64))
        assertEquals(9, clip.frames.size)
        assertEquals(24.0, clip.fps, 1e-9)
    }

    @Test
    fun `a video that the system's parsers refuse is told`() {
        // What they throw for a file that is none is a bare exception of no class of its own.
        val refusal = RuntimeException("status = -22")
        ShadowMediaMetadataRetriever.addException(DataSource.toDataSource(context, uri), refusal)
        val error = assertThrows(MediaException::class.java) { reader.video(uri, 9, Size(64, 64)) }
        assertEquals(MediaCode.UNREADABLE, error.reason)
    }

    @Test
    @Config(shadows = [DeadCodec::class])
    fun `an encoder that dies is told, and leaves no file`() {
        val file = File.createTempFile("clip", ".mp4").also { it.delete() }
        val error =
            assertThrows(MediaException::class.java) {
                Mp4Writer(file, Size(64, 64), 24.0).use { it.write(listOf(halves(64, 64)).toTensor().floats) }
            }
        assertEquals(MediaCode.NO_ENCODER, error.reason)
        assertTrue(file.parentFile!!.list()!!.none { file.name in it })
    }

    @Test
    fun `pixels survive the way to the decoder's planes and back`() {
        val picture = halves(8, 4)
        val back = Pixels(Size(8, 4)).bitmap(listOf(picture).toTensor().floats)
        for (y in 0 until 4) for (x in 0 until 8) assertEquals(picture.getPixel(x, y), back.getPixel(x, y))
    }

    @Test
    fun `a frame has no hardware buffer before Android 12`() {
        ReflectionHelpers.setStaticField(Build.VERSION::class.java, "SDK_INT", Build.VERSION_CODES.R)
        val pixels = Tensor.allocate(DType.FLOAT32, listOf(3, 4, 8))
        assertNull(Frame(0, pixels).toHardwareBuffer())
    }

    @Test
    fun `a video that no encoder takes is refused, and leaves no file`() {
        val file = File.createTempFile("clip", ".mp4").also { it.delete() }
        val odd = assertThrows(MediaException::class.java) { Mp4Writer(file, Size(63, 64), 24.0) }
        assertEquals(MediaCode.FRAMES, odd.reason)
        assertThrows(MediaException::class.java) { Mp4Writer(file, Size(64, 64), Double.NaN) }
        assertTrue(file.parentFile!!.list()!!.none { file.name in it })
    }

    /** As when the system takes the encoder away. */
    @Implements(MediaCodec::class)
    class DeadCodec : ShadowMediaCodec() {
        @Implementation
        override fun native_dequeueInputBuffer(timeoutUs: Long): Int = error("reclaimed")
    }

    private fun serve(bytes: ByteArray) =
        shadowOf(context.contentResolver).registerInputStreamSupplier(uri) { ByteArrayInputStream(bytes) }

    private fun halves(
        width: Int,
        height: Int,
    ): Bitmap {
        val picture = Bitmap.createBitmap(width, height, Bitmap.Config.ARGB_8888)
        for (y in 0 until height) {
            for (x in 0 until width) picture.setPixel(x, y, if (x < width / 2) Color.RED else Color.BLUE)
        }
        return picture
    }

    private fun jpeg(
        picture: Bitmap,
        orientation: Int,
    ): ByteArray {
        val file = File.createTempFile("photo", ".jpg")
        file.outputStream().use { picture.compress(Bitmap.CompressFormat.JPEG, 95, it) }
        ExifInterface(file).apply {
            setAttribute(ExifInterface.TAG_ORIENTATION, orientation.toString())
            saveAttributes()
        }
        return file.readBytes().also { file.delete() }
    }

    private fun isRed(pixel: Int) = abs(Color.red(pixel) - 254) < 8 && Color.blue(pixel) < 16

    private fun isBlue(pixel: Int) = abs(Color.blue(pixel) - 254) < 8 && Color.red(pixel) < 16
}
