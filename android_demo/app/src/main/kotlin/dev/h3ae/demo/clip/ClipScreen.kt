package dev.h3ae.demo.clip

import androidx.annotation.DrawableRes
import androidx.compose.foundation.Image
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.aspectRatio
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.material3.Card
import androidx.compose.material3.Icon
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedButton
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.alpha
import androidx.compose.ui.draw.clip
import androidx.compose.ui.graphics.ImageBitmap
import androidx.compose.ui.res.painterResource
import androidx.compose.ui.res.pluralStringResource
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.unit.dp
import dev.h3ae.demo.Model
import dev.h3ae.demo.ModelState
import dev.h3ae.demo.R
import dev.h3ae.demo.ui.Heading
import dev.h3ae.demo.ui.Notice
import dev.h3ae.demo.ui.Page
import dev.h3ae.demo.ui.ProblemNotice
import dev.h3ae.demo.ui.StepProgress
import dev.h3ae.demo.ui.Toggle
import dev.h3ae.demo.ui.Waiting

/** What a person can do on the clip's screen. */
class ClipActions(
    val onBundled: () -> Unit,
    val onPhoto: () -> Unit,
    val onVideo: () -> Unit,
    val onFirstFrame: (wanted: Boolean) -> Unit,
    val onRetry: () -> Unit,
    val onBack: () -> Unit,
    val onSave: () -> Unit,
    val onShare: () -> Unit,
)

@Composable
fun ClipScreen(
    state: ClipUiState,
    actions: ClipActions,
    wide: Boolean,
    modifier: Modifier = Modifier,
) {
    when (val model = state.model) {
        is ModelState.Loading -> {
            Waiting(stringResource(R.string.model_loading), modifier)
        }

        is ModelState.Installing -> {
            Waiting(stringResource(R.string.model_installing, model.percent), modifier)
        }

        is ModelState.Missing -> {
            Notice(
                R.drawable.ic_film,
                stringResource(R.string.model_none),
                stringResource(R.string.model_none_hint),
                modifier,
            )
        }

        is ModelState.Broken -> {
            ProblemNotice(model.problem, modifier, onRetry = actions.onRetry)
        }

        is ModelState.Ready -> {
            when (val phase = state.phase) {
                is Phase.Choosing -> Chooser(model.model, state.firstFrame, actions, modifier)
                is Phase.Working -> Working(phase, actions, wide, modifier)
                is Phase.Done -> Result(phase.clip, actions, wide, modifier, state.export is Export.Running)
                is Phase.Failed -> ProblemNotice(phase.problem, modifier, actions.onRetry, actions.onBack)
            }
        }
    }
}

@Composable
private fun Chooser(
    model: Model,
    firstFrame: Boolean,
    actions: ClipActions,
    modifier: Modifier,
) {
    Page(modifier) {
        Heading(stringResource(R.string.choose_title))
        Text(stringResource(R.string.choose_hint), color = MaterialTheme.colorScheme.onSurfaceVariant)
        if (model.hasClip) {
            SourceCard(
                R.drawable.ic_film,
                stringResource(R.string.source_bundled),
                stringResource(R.string.source_bundled_hint),
                onClick = actions.onBundled,
            )
        }
        SourceCard(
            R.drawable.ic_photo,
            stringResource(R.string.source_photo),
            stringResource(R.string.source_photo_hint),
            model.hasEncoder,
            actions.onPhoto,
        )
        SourceCard(
            R.drawable.ic_video,
            stringResource(R.string.source_video),
            pluralStringResource(R.plurals.source_video_hint, model.frames, model.frames),
            model.hasEncoder,
            actions.onVideo,
        )
        if (!model.hasEncoder) {
            Text(stringResource(R.string.source_no_encoder), style = MaterialTheme.typography.bodySmall)
        }
        if (model.takesFirstFrame) {
            Toggle(
                stringResource(R.string.source_first_frame),
                stringResource(R.string.source_first_frame_hint),
                firstFrame,
                onToggle = actions.onFirstFrame,
            )
        }
        ModelCard(model)
    }
}

@Composable
private fun SourceCard(
    @DrawableRes icon: Int,
    title: String,
    hint: String,
    enabled: Boolean = true,
    onClick: () -> Unit,
) {
    Card(onClick, Modifier.fillMaxWidth().heightIn(min = 72.dp), enabled = enabled) {
        Row(
            Modifier.padding(16.dp).alpha(if (enabled) 1f else DISABLED),
            horizontalArrangement = Arrangement.spacedBy(16.dp),
            verticalAlignment = Alignment.CenterVertically,
        ) {
            Icon(
                painterResource(icon),
                contentDescription = null,
                modifier = Modifier.size(32.dp),
                tint = MaterialTheme.colorScheme.primary,
            )
            Column {
                Text(title, style = MaterialTheme.typography.titleMedium)
                Text(hint, style = MaterialTheme.typography.bodyMedium)
            }
        }
    }
}

@Composable
private fun ModelCard(model: Model) {
    Column(Modifier.padding(horizontal = 4.dp), verticalArrangement = Arrangement.spacedBy(2.dp)) {
        Text(
            stringResource(R.string.model_summary, model.name, model.width, model.height, model.frames),
            style = MaterialTheme.typography.bodySmall,
        )
        Text(
            stringResource(R.string.model_detail, model.ratio, model.precision, model.backend),
            color = MaterialTheme.colorScheme.onSurfaceVariant,
            style = MaterialTheme.typography.bodySmall,
        )
    }
}

@Composable
private fun Working(
    phase: Phase.Working,
    actions: ClipActions,
    wide: Boolean,
    modifier: Modifier,
) {
    val progress = @Composable {
        StepProgress(stringResource(phase.step.title), phase.detail(), phase.done, phase.total)
        OutlinedButton(actions.onBack) { Text(stringResource(R.string.cancel)) }
    }
    if (wide && phase.preview != null) {
        Row(modifier.padding(16.dp), horizontalArrangement = Arrangement.spacedBy(24.dp)) {
            Preview(phase.preview, Modifier.weight(1f, fill = false))
            Column(Modifier.weight(1f), verticalArrangement = Arrangement.spacedBy(16.dp)) { progress() }
        }
    } else {
        Page(modifier) {
            phase.preview?.let { Preview(it, Modifier.fillMaxWidth()) }
            progress()
        }
    }
}

@Composable
private fun Preview(
    frame: ImageBitmap,
    modifier: Modifier,
) {
    Image(
        frame,
        contentDescription = stringResource(R.string.result_decoded),
        modifier =
            modifier
                .aspectRatio(frame.width.toFloat() / frame.height)
                .clip(RoundedCornerShape(12.dp)),
    )
}

@Composable
private fun Phase.Working.detail(): String =
    if (step == Step.DECODING) stringResource(R.string.work_frames, done, total) else ""

private val Step.title: Int
    get() =
        when (this) {
            Step.READING -> R.string.work_reading
            Step.ENCODING -> R.string.work_encoding
            Step.LOADING -> R.string.work_loading
            Step.DECODING -> R.string.work_decoding
        }

private const val DISABLED = 0.5f
