package dev.h3ae.android.media

import android.content.ContentResolver
import android.content.ContentValues
import android.net.Uri
import android.os.Build
import android.os.Environment
import android.provider.MediaStore
import androidx.annotation.RequiresApi
import java.io.File
import java.io.IOException

private const val FOLDER = "H3AE"

/** The device's gallery, for which Android 10 and later ask no permission. */
@RequiresApi(Build.VERSION_CODES.Q)
public class Gallery(
    private val resolver: ContentResolver,
) {
    /** Copies a video into the gallery; nobody sees it before it is whole. */
    public fun add(
        video: File,
        name: String,
    ): Uri {
        val values =
            ContentValues().apply {
                put(MediaStore.Video.Media.DISPLAY_NAME, name)
                put(MediaStore.Video.Media.MIME_TYPE, "video/mp4")
                put(MediaStore.Video.Media.RELATIVE_PATH, "${Environment.DIRECTORY_MOVIES}/$FOLDER")
                put(MediaStore.Video.Media.IS_PENDING, 1)
            }
        val place = MediaStore.Video.Media.getContentUri(MediaStore.VOLUME_EXTERNAL_PRIMARY)
        val uri = resolver.insert(place, values) ?: throw MediaException.unwritable(video, null)
        try {
            resolver.copy(video, uri)
            values.put(MediaStore.Video.Media.IS_PENDING, 0)
            resolver.update(uri, values, null, null)
            return uri
        } catch (error: MediaException) {
            resolver.delete(uri, null, null)
            throw error
        }
    }
}

/** Copies a file to a place that the user or the system gave. */
public fun ContentResolver.copy(
    file: File,
    to: Uri,
) {
    try {
        val stream = openOutputStream(to) ?: throw MediaException.unwritable(file, null)
        stream.use { out -> file.inputStream().use { it.copyTo(out) } }
    } catch (error: IOException) {
        throw MediaException.unwritable(file, error)
    }
}
