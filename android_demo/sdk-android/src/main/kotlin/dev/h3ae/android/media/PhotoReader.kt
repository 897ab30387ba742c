package dev.h3ae.android.media

import android.content.ContentResolver
import android.graphics.Bitmap
import android.graphics.BitmapFactory
import android.graphics.Matrix
import android.net.Uri
import androidx.exifinterface.media.ExifInterface
import java.io.IOException
import java.io.InputStream

/** Reads photographs: any format that the system decodes, upright as EXIF says. */
internal class PhotoReader(
    private val resolver: ContentResolver,
) {
    /** Decodes [uri], no larger than about twice [target], and fits it. */
    fun read(
        uri: Uri,
        target: Size,
        fit: Fit,
    ): Bitmap {
        val bounds = BitmapFactory.Options().apply { inJustDecodeBounds = true }
        open(uri).use { BitmapFactory.decodeStream(it, null, bounds) }
        if (bounds.outWidth <= 0 || bounds.outHeight <= 0) throw MediaException.unreadable("the picture")
        val options = BitmapFactory.Options()
        // The decoder skips to powers of two by itself; a photograph of 50 megapixels would take 200 MB.
        options.inSampleSize = sampleSize(bounds, target)
        val stored =
            open(uri).use { BitmapFactory.decodeStream(it, null, options) }
                ?: throw MediaException.unreadable("the picture")
        return stored.transformed(orientation(uri)).fitted(target, fit)
    }

    private fun open(uri: Uri): InputStream =
        try {
            resolver.openInputStream(uri) ?: throw MediaException.gone()
        } catch (error: IOException) {
            throw MediaException.gone(error)
        } catch (error: SecurityException) {
            throw MediaException.gone(error)
        }

    private fun orientation(uri: Uri): Matrix {
        val matrix = Matrix()
        val exif =
            try {
                open(uri).use { ExifInterface(it) }
            } catch (_: IOException) {
                // No EXIF in it: as stored is upright.
                return matrix
            }
        if (exif.isFlipped) matrix.postScale(-1f, 1f)
        matrix.postRotate(exif.rotationDegrees.toFloat())
        return matrix
    }

    private fun sampleSize(
        bounds: BitmapFactory.Options,
        target: Size,
    ): Int {
        var sample = 1
        val wanted = maxOf(target.width, target.height)
        while (minOf(bounds.outWidth, bounds.outHeight) / (2 * sample) >= 2 * wanted) sample *= 2
        return sample
    }
}

private fun Bitmap.transformed(matrix: Matrix): Bitmap =
    if (matrix.isIdentity) this else Bitmap.createBitmap(this, 0, 0, width, height, matrix, true)
