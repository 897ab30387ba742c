package dev.h3ae.demo.clip

import androidx.compose.foundation.Canvas
import androidx.compose.foundation.background
import androidx.compose.foundation.gestures.detectHorizontalDragGestures
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.aspectRatio
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Slider
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableFloatStateOf
import androidx.compose.runtime.rememberUpdatedState
import androidx.compose.runtime.saveable.rememberSaveable
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.geometry.Offset
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.graphics.FilterQuality
import androidx.compose.ui.graphics.ImageBitmap
import androidx.compose.ui.graphics.drawscope.DrawScope
import androidx.compose.ui.graphics.drawscope.clipRect
import androidx.compose.ui.input.pointer.pointerInput
import androidx.compose.ui.platform.LocalLayoutDirection
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.semantics.stateDescription
import androidx.compose.ui.unit.IntSize
import androidx.compose.ui.unit.LayoutDirection
import androidx.compose.ui.unit.dp
import dev.h3ae.demo.R
import kotlin.math.roundToInt

/**
 * Two pictures of one frame with a divider between them: [original] on the side where reading
 * begins, [decoded] on the other. The divider follows a finger on the picture and the slider below,
 * which is what screen readers and switches move. What [fits] into a limited height has a picture
 * that leaves room for the slider.
 */
@Composable
fun CompareView(
    original: ImageBitmap?,
    decoded: ImageBitmap,
    originalName: String,
    description: String,
    modifier: Modifier = Modifier,
    fits: Boolean = false,
) {
    var share by rememberSaveable { mutableFloatStateOf(0.5f) }
    Column(modifier, horizontalAlignment = Alignment.CenterHorizontally) {
        Box(
            (if (fits) Modifier.weight(1f, fill = false) else Modifier)
                .aspectRatio(decoded.width.toFloat() / decoded.height)
                .clip(RoundedCornerShape(12.dp)),
        ) {
            Picture(original, decoded, share, description) { share = it }
            Row(Modifier.fillMaxWidth().padding(8.dp), horizontalArrangement = Arrangement.SpaceBetween) {
                if (original != null) Tag(originalName) else Box(Modifier)
                Tag(stringResource(R.string.result_decoded))
            }
        }
        if (original != null) Divider(share) { share = it }
    }
}

@Composable
private fun Picture(
    original: ImageBitmap?,
    decoded: ImageBitmap,
    share: Float,
    description: String,
    onShare: (Float) -> Unit,
) {
    val mirrored = LocalLayoutDirection.current == LayoutDirection.Rtl
    val current by rememberUpdatedState(onShare)
    Canvas(
        Modifier
            .fillMaxSize()
            .semantics { contentDescription = description }
            .pointerInput(mirrored) {
                detectHorizontalDragGestures { change, _ ->
                    val across = (change.position.x / size.width).coerceIn(0f, 1f)
                    current(if (mirrored) 1 - across else across)
                }
            },
    ) {
        drawFrame(decoded)
        if (original != null) {
            val at = size.width * if (mirrored) 1 - share else share
            clipRect(left = if (mirrored) at else 0f, right = if (mirrored) size.width else at) { drawFrame(original) }
            drawDivider(at)
        }
    }
}

@Composable
private fun Divider(
    share: Float,
    onShare: (Float) -> Unit,
) {
    val name = stringResource(R.string.result_compare)
    val state = stringResource(R.string.result_compare_state, (share * 100).roundToInt())
    Slider(
        value = share,
        onValueChange = onShare,
        modifier =
            Modifier.fillMaxWidth().semantics {
                contentDescription = name
                stateDescription = state
            },
    )
}

@Composable
private fun Tag(text: String) {
    Text(
        text,
        Modifier
            .background(
                Color.Black.copy(alpha = 0.6f),
                RoundedCornerShape(6.dp),
            ).padding(horizontal = 8.dp, vertical = 3.dp),
        color = Color.White,
        style = MaterialTheme.typography.labelMedium,
    )
}

private fun DrawScope.drawFrame(frame: ImageBitmap) {
    drawImage(
        frame,
        dstSize = IntSize(size.width.roundToInt(), size.height.roundToInt()),
        filterQuality = FilterQuality.Medium,
    )
}

private fun DrawScope.drawDivider(at: Float) {
    val middle = Offset(at, size.height / 2)
    drawLine(Color.White, Offset(at, 0f), Offset(at, size.height), strokeWidth = 2.dp.toPx())
    drawCircle(Color.White, radius = 14.dp.toPx(), center = middle)
    val arm = 5.dp.toPx()
    for (side in listOf(-1, 1)) {
        val tip = middle + Offset(side * 9.dp.toPx(), 0f)
        drawLine(Color.Black, tip, tip + Offset(-side * arm, -arm), strokeWidth = 2.dp.toPx())
        drawLine(Color.Black, tip, tip + Offset(-side * arm, arm), strokeWidth = 2.dp.toPx())
    }
}
