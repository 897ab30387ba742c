package dev.h3ae.demo.benchmark

import androidx.compose.foundation.Canvas
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.height
import androidx.compose.material3.MaterialTheme
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.geometry.Offset
import androidx.compose.ui.graphics.Path
import androidx.compose.ui.graphics.PathEffect
import androidx.compose.ui.graphics.StrokeCap
import androidx.compose.ui.graphics.StrokeJoin
import androidx.compose.ui.graphics.drawscope.Stroke
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.TextMeasurer
import androidx.compose.ui.text.drawText
import androidx.compose.ui.text.rememberTextMeasurer
import androidx.compose.ui.unit.dp
import dev.h3ae.demo.R
import kotlin.math.roundToInt

// A little above 1, so that the line where throttling begins is on the chart.
private const val TOP = 1.2f

/** Heat over the run, with the line at which the system begins to throttle. */
@Composable
fun HeatChart(heat: List<Heat>) {
    val line = MaterialTheme.colorScheme.primary
    val limit = MaterialTheme.colorScheme.error
    val label = stringResource(R.string.bench_throttling)
    val style = MaterialTheme.typography.labelSmall.copy(color = limit)
    val measurer: TextMeasurer = rememberTextMeasurer()
    val now = ((heat.lastOrNull()?.headroom ?: 0f) * 100).roundToInt()
    val description = stringResource(R.string.bench_headroom_chart, heat.size, now)
    Canvas(Modifier.fillMaxWidth().height(96.dp).semantics { contentDescription = description }) {
        fun y(headroom: Float) = size.height * (1 - (headroom / TOP).coerceIn(0f, 1f))
        val dashes = PathEffect.dashPathEffect(floatArrayOf(6.dp.toPx(), 4.dp.toPx()))
        drawLine(limit, Offset(0f, y(1f)), Offset(size.width, y(1f)), 1.dp.toPx(), pathEffect = dashes)
        drawText(measurer, label, Offset(0f, y(1f) + 2.dp.toPx()), style)
        if (heat.size < 2) return@Canvas
        val begin = heat.first().atSeconds
        val span = (heat.last().atSeconds - begin).coerceAtLeast(1e-3)
        val path = Path()
        heat.forEachIndexed { index, one ->
            val x = ((one.atSeconds - begin) / span * size.width).toFloat()
            if (index == 0) path.moveTo(x, y(one.headroom)) else path.lineTo(x, y(one.headroom))
        }
        drawPath(path, line, style = Stroke(3.dp.toPx(), cap = StrokeCap.Round, join = StrokeJoin.Round))
    }
}
