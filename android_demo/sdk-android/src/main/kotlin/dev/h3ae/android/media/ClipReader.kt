package dev.h3ae.android.media

import android.content.Context
import android.graphics.Bitmap
import android.net.Uri

/** Frames of one size, and how many of them make a second. */
public class Clip(
    public val frames: List<Bitmap>,
    public val fps: Double,
)

/**
 * Reads photos and videos as clips of a given size and length, upright and in the right colours.
 *
 * What is shorter than asked for is padded with its last frame; a photo is its only frame. Calls
 * block: make them on a thread for input and output.
 */
public class ClipReader(
    private val context: Context,
) {
    /**
     * The first [frames] frames of a video.
     *
     * @throws MediaException if the file cannot be opened or decoded.
     */
    public fun video(
        uri: Uri,
        frames: Int,
        size: Size,
        fit: Fit = Fit.CROP,
    ): Clip {
        val video = VideoReader(context).read(uri, frames, size, fit)
        return Clip(video.frames.padded(frames), video.fps)
    }

    /**
     * A photo that stands still for [frames] frames.
     *
     * @throws MediaException if the file cannot be opened or decoded.
     */
    public fun photo(
        uri: Uri,
        frames: Int,
        size: Size,
        fps: Double,
        fit: Fit = Fit.CROP,
    ): Clip = Clip(listOf(PhotoReader(context.contentResolver).read(uri, size, fit)).padded(frames), fps)
}

/** Repeats the last up to [count]. */
internal fun <T> List<T>.padded(count: Int): List<T> = List(count) { this[minOf(it, lastIndex)] }
