package dev.h3ae.demo.clip

import android.content.Context
import android.net.Uri
import android.os.Build
import androidx.annotation.RequiresApi
import androidx.compose.ui.graphics.asAndroidBitmap
import dev.h3ae.android.media.Gallery
import dev.h3ae.android.media.Mp4Writer
import dev.h3ae.android.media.Pixels
import dev.h3ae.android.media.Size
import dev.h3ae.android.media.copy
import dev.h3ae.demo.sharedFile
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.withContext
import java.io.File
import java.text.SimpleDateFormat
import java.util.Date
import java.util.Locale

/** Writes a decoded clip as a video, for others to see. */
class ClipExport(
    private val context: Context,
) {
    /** A file name that sorts by time. */
    fun name(): String = "h3ae-${SimpleDateFormat("yyyyMMdd-HHmmss", Locale.ROOT).format(Date())}.mp4"

    suspend fun toCache(clip: DecodedClip): File =
        withContext(Dispatchers.Default) {
            val first = clip.decoded.first()
            val size = Size(first.width, first.height)
            val pixels = Pixels(size)
            Mp4Writer(context.sharedFile(name()), size, clip.fps).use { writer ->
                clip.decoded.forEach {
                    ensureActive()
                    writer.write(pixels.planes(it.asAndroidBitmap()).floats)
                }
                writer.finish()
            }
        }

    @RequiresApi(Build.VERSION_CODES.Q)
    suspend fun toGallery(clip: DecodedClip) {
        val file = toCache(clip)
        withContext(Dispatchers.IO) { Gallery(context.contentResolver).add(file, file.name) }
    }

    suspend fun toDocument(
        clip: DecodedClip,
        uri: Uri,
    ) {
        val file = toCache(clip)
        withContext(Dispatchers.IO) { context.contentResolver.copy(file, uri) }
    }
}
