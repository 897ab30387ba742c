package dev.h3ae.android.media

import android.media.MediaCodec
import android.media.MediaCodecInfo.CodecCapabilities
import android.media.MediaFormat
import android.media.MediaMuxer
import dev.h3ae.colour.Plane
import dev.h3ae.colour.Yuv
import java.io.File
import java.io.IOException
import java.nio.FloatBuffer
import kotlin.math.roundToInt
import kotlin.math.roundToLong

private const val TIMEOUT_US = 10_000L
private const val MICROSECONDS = 1e6

// H.264 at this rate is visually lossless for most material, and a clip of a second stays small.
private const val BITS_PER_PIXEL = 0.4
private const val LEAST_BITRATE = 1_000_000

/**
 * Writes frames as H.264 in MP4 through the phone's encoder: BT.709, limited range, tagged so.
 *
 * Frames are encoded as they come, so that memory does not grow with the clip. The file is
 * written beside its place and moved there by [finish]; whatever stops it leaves nothing.
 */
public class Mp4Writer(
    private val file: File,
    private val size: Size,
    private val fps: Double,
) : AutoCloseable {
    private val beside = File(file.parentFile, ".${file.name}.part")
    private val codec: MediaCodec
    private val muxer: MediaMuxer
    private val info = MediaCodec.BufferInfo()
    private var track = NO_TRACK
    private var written = 0L
    private var finished = false

    init {
        if (size.width % 2 != 0 || size.height % 2 != 0) throw MediaException.oddSize(size)
        if (!(fps > 0 && fps.isFinite())) throw MediaException.frameRate(fps)
        codec = encoder()
        muxer =
            try {
                MediaMuxer(beside.path, MediaMuxer.OutputFormat.MUXER_OUTPUT_MPEG_4)
            } catch (error: IOException) {
                codec.release()
                throw MediaException.unwritable(file, error)
            }
    }

    /**
     * Encodes one frame, `[3, height, width]` in [-1, 1].
     *
     * @throws MediaException if the encoder fails, or the file cannot be written.
     */
    public fun write(pixels: FloatBuffer): Unit =
        encoding {
            val index = awaitInput()
            // The whole buffer: with strides and heights of the codec's own choice the planes may end where it ends.
            // Asked first, for the image takes the buffer's place.
            val bytes = codec.getInputBuffer(index)?.capacity() ?: throw MediaException.noEncoder()
            val image = codec.getInputImage(index) ?: throw MediaException.noEncoder()
            val (y, u, v) = image.planes.map { Plane(it.buffer, it.rowStride, it.pixelStride) }
            Yuv.write(pixels, size.height, size.width, y, u, v)
            codec.queueInputBuffer(index, 0, bytes, time(written), 0)
            written++
            drain(untilEnd = false)
        }

    /**
     * Ends the file and moves it to its place.
     *
     * @throws MediaException if the encoder fails, or the file cannot be written.
     */
    public fun finish(): File {
        if (written == 0L) throw MediaException.noFrames()
        encoding {
            codec.queueInputBuffer(awaitInput(), 0, 0, time(written), MediaCodec.BUFFER_FLAG_END_OF_STREAM)
            drain(untilEnd = true)
        }
        writing { muxer.stop() }
        if (!beside.renameTo(file)) throw MediaException.unwritable(file, null)
        finished = true
        return file
    }

    override fun close() {
        codec.release()
        try {
            muxer.release()
        } catch (_: IllegalStateException) {
            // It stops what was not stopped; the file goes anyway.
        }
        if (!finished) beside.delete()
    }

    /** A codec that fails, or that the system took away, says so by exceptions of this class. */
    private inline fun encoding(block: () -> Unit) {
        try {
            block()
        } catch (error: IllegalStateException) {
            throw MediaException.noEncoder(error)
        }
    }

    /** A full disk is an illegal state, or an illegal argument, to the muxer. */
    private inline fun <T> writing(block: () -> T): T =
        try {
            block()
        } catch (error: IllegalStateException) {
            throw MediaException.unwritable(file, error)
        } catch (error: IllegalArgumentException) {
            throw MediaException.unwritable(file, error)
        }

    private fun time(frame: Long) = (frame * MICROSECONDS / fps).roundToLong()

    private fun awaitInput(): Int {
        while (true) {
            val index = codec.dequeueInputBuffer(TIMEOUT_US)
            if (index >= 0) return index
            drain(untilEnd = false)
        }
    }

    private fun drain(untilEnd: Boolean) {
        while (true) {
            val index = codec.dequeueOutputBuffer(info, if (untilEnd) TIMEOUT_US else 0)
            if (index == MediaCodec.INFO_OUTPUT_FORMAT_CHANGED) {
                val format = codec.outputFormat
                writing {
                    track = muxer.addTrack(format)
                    muxer.start()
                }
            } else if (index >= 0) {
                pass(index)
                if (info.flags and MediaCodec.BUFFER_FLAG_END_OF_STREAM != 0) return
            } else if (!untilEnd) {
                return
            }
        }
    }

    private fun pass(index: Int) {
        // The codec's parameters are in the track's format already.
        val isConfig = info.flags and MediaCodec.BUFFER_FLAG_CODEC_CONFIG != 0
        val encoded = codec.getOutputBuffer(index)
        if (!isConfig && info.size > 0 && encoded != null) writing { muxer.writeSampleData(track, encoded, info) }
        codec.releaseOutputBuffer(index, false)
    }

    private fun encoder(): MediaCodec {
        val bitrate = (size.width * size.height * fps * BITS_PER_PIXEL).roundToInt()
        val format = MediaFormat.createVideoFormat(MediaFormat.MIMETYPE_VIDEO_AVC, size.width, size.height)
        format.setInteger(MediaFormat.KEY_COLOR_FORMAT, CodecCapabilities.COLOR_FormatYUV420Flexible)
        format.setInteger(MediaFormat.KEY_COLOR_STANDARD, MediaFormat.COLOR_STANDARD_BT709)
        format.setInteger(MediaFormat.KEY_COLOR_RANGE, MediaFormat.COLOR_RANGE_LIMITED)
        format.setInteger(MediaFormat.KEY_COLOR_TRANSFER, MediaFormat.COLOR_TRANSFER_SDR_VIDEO)
        format.setInteger(MediaFormat.KEY_BIT_RATE, maxOf(bitrate, LEAST_BITRATE))
        format.setInteger(MediaFormat.KEY_FRAME_RATE, fps.roundToInt().coerceAtLeast(1))
        format.setInteger(MediaFormat.KEY_I_FRAME_INTERVAL, 1)
        val codec =
            try {
                MediaCodec.createEncoderByType(MediaFormat.MIMETYPE_VIDEO_AVC)
            } catch (error: IOException) {
                throw MediaException.noEncoder(error)
            }
        try {
            codec.configure(format, null, null, MediaCodec.CONFIGURE_FLAG_ENCODE)
            codec.start()
            return codec
        } catch (error: IllegalArgumentException) {
            codec.release()
            throw MediaException.noEncoder(error)
        } catch (error: IllegalStateException) {
            codec.release()
            throw MediaException.noEncoder(error)
        }
    }

    private companion object {
        const val NO_TRACK = -1
    }
}
