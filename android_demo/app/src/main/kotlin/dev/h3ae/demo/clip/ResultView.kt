package dev.h3ae.demo.clip

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.ExperimentalLayoutApi
import androidx.compose.foundation.layout.FlowRow
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxHeight
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.Button
import androidx.compose.material3.Card
import androidx.compose.material3.FilledTonalIconButton
import androidx.compose.material3.Icon
import androidx.compose.material3.OutlinedButton
import androidx.compose.material3.Slider
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableIntStateOf
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.saveable.rememberSaveable
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.painterResource
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.semantics.stateDescription
import androidx.compose.ui.unit.dp
import dev.h3ae.demo.R
import dev.h3ae.demo.ui.Figure
import dev.h3ae.demo.ui.Page
import dev.h3ae.demo.ui.rounded
import kotlinx.coroutines.delay
import kotlin.math.roundToInt
import kotlin.time.Duration.Companion.seconds

/** The decoded clip beside what went in. */
@Composable
fun Result(
    clip: DecodedClip,
    actions: ClipActions,
    wide: Boolean,
    modifier: Modifier = Modifier,
    exporting: Boolean = false,
) {
    var frame by rememberSaveable { mutableIntStateOf(0) }
    var playing by rememberSaveable { mutableStateOf(false) }
    if (playing) {
        LaunchedEffect(clip) {
            while (true) {
                delay(1.seconds / clip.fps)
                frame = (frame + 1) % clip.decoded.size
            }
        }
    }
    val picture = @Composable { within: Modifier ->
        CompareView(
            original = clip.originals[frame],
            decoded = clip.decoded[frame],
            originalName =
                stringResource(
                    if (clip.isReference) R.string.result_reference else R.string.result_original,
                ),
            description = stringResource(R.string.result_picture, frame + 1, clip.decoded.size),
            modifier = within,
            fits = wide,
        )
    }
    val controls = @Composable {
        Player(frame, clip.decoded.size, playing, { playing = !playing }) {
            playing = false
            frame = it
        }
        Actions(actions, !exporting)
        FigureCard(clip.figures)
    }
    if (wide) {
        Row(modifier.padding(16.dp), horizontalArrangement = Arrangement.spacedBy(24.dp)) {
            picture(Modifier.weight(1f).fillMaxHeight())
            Column(
                Modifier.weight(1f).verticalScroll(rememberScrollState()),
                verticalArrangement = Arrangement.spacedBy(12.dp),
            ) { controls() }
        }
    } else {
        Page(modifier) {
            picture(Modifier.fillMaxWidth())
            controls()
        }
    }
}

@Composable
private fun Player(
    frame: Int,
    count: Int,
    playing: Boolean,
    onToggle: () -> Unit,
    onFrame: (Int) -> Unit,
) {
    val name = stringResource(R.string.result_frame)
    val state = stringResource(R.string.result_frame_state, frame + 1, count)
    Row(verticalAlignment = Alignment.CenterVertically, horizontalArrangement = Arrangement.spacedBy(12.dp)) {
        FilledTonalIconButton(onToggle, Modifier.size(48.dp)) {
            Icon(
                painterResource(if (playing) R.drawable.ic_pause else R.drawable.ic_play),
                contentDescription = stringResource(if (playing) R.string.pause else R.string.play),
            )
        }
        Slider(
            value = frame.toFloat(),
            onValueChange = { onFrame(it.roundToInt()) },
            valueRange = 0f..(count - 1).coerceAtLeast(1).toFloat(),
            enabled = count > 1,
            modifier =
                Modifier.weight(1f).semantics {
                    contentDescription = name
                    stateDescription = state
                },
        )
        Text(stringResource(R.string.result_frame_short, frame + 1, count))
    }
}

@OptIn(ExperimentalLayoutApi::class)
@Composable
private fun Actions(
    actions: ClipActions,
    enabled: Boolean,
) {
    FlowRow(horizontalArrangement = Arrangement.spacedBy(12.dp), verticalArrangement = Arrangement.spacedBy(4.dp)) {
        Button(actions.onSave, enabled = enabled) {
            Icon(painterResource(R.drawable.ic_save), contentDescription = null)
            Text(stringResource(R.string.save), Modifier.padding(start = 8.dp))
        }
        OutlinedButton(actions.onShare, enabled = enabled) {
            Icon(painterResource(R.drawable.ic_share), contentDescription = null)
            Text(stringResource(R.string.share), Modifier.padding(start = 8.dp))
        }
        TextButton(actions.onBack) { Text(stringResource(R.string.another)) }
    }
}

@Composable
private fun FigureCard(figures: Figures) {
    Card(Modifier.fillMaxWidth()) {
        Column(Modifier.padding(16.dp), verticalArrangement = Arrangement.spacedBy(8.dp)) {
            figures.encodeSeconds?.let { Figure(stringResource(R.string.figure_encode), milliseconds(it)) }
            Figure(stringResource(R.string.figure_first_frame), milliseconds(figures.firstFrameSeconds))
            Figure(stringResource(R.string.figure_clip), milliseconds(figures.clipSeconds))
            Figure(
                stringResource(R.string.figure_rate),
                stringResource(R.string.unit_fps, figures.framesPerSecond.rounded(1)),
            )
            figures.worstPsnrDb?.let {
                Figure(stringResource(R.string.figure_psnr), stringResource(R.string.unit_db, it.rounded(1)))
            }
            Figure(stringResource(R.string.figure_engine), figures.engine)
        }
    }
}

@Composable
private fun milliseconds(seconds: Double) = stringResource(R.string.unit_ms, (seconds * 1000).rounded(0))
