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

/** Where a decoded clip can go, as a video for others to see. */
interface Exporter {
    suspend fun toCache(clip: DecodedClip): File

    @RequiresApi(Build.VERSION_CODES.Q)
    suspend fun toGallery(clip: DecodedClip)

    suspend fun toDocument(
        clip: DecodedClip,
        uri: Uri,
    )
}

/** A file name that sorts by time. */
fun exportName(): String = "h3ae-${SimpleDateFormat("yyyyMMdd-HHmmss", Locale.ROOT).format(Date())}.mp4"

/** Encodes with the phone's own encoder. */
class ClipExport(
    private val context: Context,
) : Exporter {
    override suspend fun toCache(clip: DecodedClip): File =
        withContext(Dispatchers.Default) {
            val first = clip.decoded.first()
            val size = Size(first.width, first.height)
            val pixels = Pixels(size)
            Mp4Writer(context.sharedFile(exportName()), size, clip.fps).use { writer ->
                clip.decoded.forEach {
                    ensureActive()
                    writer.write(pixels.planes(it.asAndroidBitmap()).floats)
                }
                writer.finish()
            }
        }

    @RequiresApi(Build.VERSION_CODES.Q)
    override suspend fun toGallery(clip: DecodedClip) {
        val file = toCache(clip)
        withContext(Dispatchers.IO) { Gallery(context.contentResolver).add(file, file.name) }
    }

    override suspend fun toDocument(
        clip: DecodedClip,
        uri: Uri,
    ) {
        val file = toCache(clip)
        withContext(Dispatchers.IO) { context.contentResolver.copy(file, uri) }
    }
}
