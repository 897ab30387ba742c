package dev.h3ae.demo

import android.content.Context
import android.content.Intent
import androidx.annotation.StringRes
import androidx.core.content.FileProvider
import java.io.File

private const val FOLDER = "shared"

/** Returns a file that other apps may be given; those of earlier shares go. */
fun Context.sharedFile(name: String): File {
    val folder = File(cacheDir, FOLDER)
    folder.mkdirs()
    folder.listFiles()?.filter { it.extension == name.substringAfterLast('.') }?.forEach { it.delete() }
    return File(folder, name)
}

/** Offers a file of [sharedFile] to other apps. */
fun Context.shareFile(
    file: File,
    type: String,
    @StringRes title: Int,
) {
    val uri = FileProvider.getUriForFile(this, "$packageName.files", file)
    val send =
        Intent(Intent.ACTION_SEND)
            .setType(type)
            .putExtra(Intent.EXTRA_STREAM, uri)
            .addFlags(Intent.FLAG_GRANT_READ_URI_PERMISSION)
    startActivity(Intent.createChooser(send, getString(title)).addFlags(Intent.FLAG_ACTIVITY_NEW_TASK))
}
