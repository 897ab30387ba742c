package dev.h3ae.android.media

import android.content.Context
import android.graphics.Bitmap
import android.media.MediaMetadataRetriever
import android.net.Uri
import android.os.Build

/** Rate assumed where a file states none. */
private const val DEFAULT_FPS = 24.0
private const val MICROSECONDS = 1_000_000L

// Decoded frames of 1080p take 8 MB each; asking for several saves seeking back to a key frame.
private const val BATCH = 4

/**
 * Reads the first frames of a video through the system's own retriever, which applies rotation,
 * the shape of pixels, the file's colour tags and, on systems that can, tone mapping of HDR.
 */
internal class VideoReader(
    private val context: Context,
) {
    /** Decodes up to [count] frames from the start of [uri], each fitted to [target]. */
    fun read(
        uri: Uri,
        count: Int,
        target: Size,
        fit: Fit,
    ): Video = withRetriever(uri) { retriever -> Video(frames(retriever, count, target, fit), rate(retriever)) }

    private fun frames(
        retriever: MediaMetadataRetriever,
        count: Int,
        target: Size,
        fit: Fit,
    ): List<Bitmap> {
        val available = retriever.number(MediaMetadataRetriever.METADATA_KEY_VIDEO_FRAME_COUNT)?.toInt()
        val frames =
            if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.P && available != null) {
                (0 until minOf(count, available)).chunked(BATCH).flatMap { batch ->
                    retriever.getFramesAtIndex(batch.first(), batch.size).map { it.fitted(target, fit) }
                }
            } else {
                byTime(retriever, count).map { it.fitted(target, fit) }
            }
        if (frames.isEmpty()) throw MediaException.unreadable("the video")
        return frames
    }

    // Before Android 9, and for files that do not count their frames.
    private fun byTime(
        retriever: MediaMetadataRetriever,
        count: Int,
    ): List<Bitmap> {
        val length = retriever.number(MediaMetadataRetriever.METADATA_KEY_DURATION) ?: 0.0
        val step = MICROSECONDS / rate(retriever)
        val times = (0 until count).map { (it * step).toLong() }.takeWhile { it == 0L || it < length * 1000 }
        return times.mapNotNull { retriever.getFrameAtTime(it, MediaMetadataRetriever.OPTION_CLOSEST) }
    }

    private fun rate(retriever: MediaMetadataRetriever): Double {
        val frames = retriever.number(MediaMetadataRetriever.METADATA_KEY_VIDEO_FRAME_COUNT)
        val milliseconds = retriever.number(MediaMetadataRetriever.METADATA_KEY_DURATION)
        if (frames == null || milliseconds == null || milliseconds <= 0) return DEFAULT_FPS
        return frames * 1000 / milliseconds
    }

    // Not `use`: it became closeable only with Android 10.
    private fun <T> withRetriever(
        uri: Uri,
        block: (MediaMetadataRetriever) -> T,
    ): T {
        val retriever = MediaMetadataRetriever()
        try {
            retriever.setDataSource(context, uri)
            return block(retriever)
        } catch (error: MediaException) {
            throw error
        } catch (error: SecurityException) {
            throw MediaException.gone(error)
        } catch (
            // A file that the system's parsers refuse ends in a bare one.
            @Suppress("TooGenericExceptionCaught") error: RuntimeException,
        ) {
            throw MediaException.unreadable("the video", error)
        } finally {
            retriever.release()
        }
    }
}

/** Frames of one size and their rate. */
internal class Video(
    val frames: List<Bitmap>,
    val fps: Double,
)

private fun MediaMetadataRetriever.number(key: Int): Double? = extractMetadata(key)?.toDoubleOrNull()
