package dev.h3ae.android.media

import android.graphics.Bitmap
import android.graphics.Canvas
import android.graphics.Color
import android.graphics.Matrix
import android.graphics.Paint
import androidx.core.graphics.createBitmap
import androidx.core.graphics.scale

/** Returns this picture as it fills a frame of [target]. */
public fun Bitmap.fitted(
    target: Size,
    fit: Fit,
): Bitmap {
    val placement = Placement.of(Size(width, height), target, fit)
    if (placement.scaled == target && width == target.width && height == target.height) return this
    val source = halvedTowards(placement.scaled)
    val matrix = Matrix()
    matrix.setScale(placement.scaled.width.toFloat() / source.width, placement.scaled.height.toFloat() / source.height)
    matrix.postTranslate(placement.left.toFloat(), placement.top.toFloat())
    val frame = createBitmap(target.width, target.height)
    val canvas = Canvas(frame)
    canvas.drawColor(Color.BLACK)
    canvas.drawBitmap(source, matrix, Paint(Paint.FILTER_BITMAP_FLAG or Paint.ANTI_ALIAS_FLAG))
    return frame
}

// Bilinear filtering looks at 2 x 2 pixels, so that shrinking by more than half at once would skip
// some: halves are averages of all.
private fun Bitmap.halvedTowards(target: Size): Bitmap {
    var picture = this
    while (picture.width >= 2 * target.width && picture.height >= 2 * target.height) {
        picture = picture.scale(picture.width / 2, picture.height / 2)
    }
    return picture
}
