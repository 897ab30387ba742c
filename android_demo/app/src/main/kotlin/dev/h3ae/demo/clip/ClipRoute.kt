package dev.h3ae.demo.clip

import android.content.Context
import android.content.Intent
import android.net.Uri
import android.os.Build
import androidx.activity.compose.BackHandler
import androidx.activity.compose.rememberLauncherForActivityResult
import androidx.activity.result.PickVisualMediaRequest
import androidx.activity.result.contract.ActivityResultContracts.CreateDocument
import androidx.activity.result.contract.ActivityResultContracts.PickVisualMedia
import androidx.compose.material3.SnackbarHostState
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.getValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.LocalContext
import androidx.compose.ui.platform.LocalResources
import androidx.lifecycle.compose.collectAsStateWithLifecycle
import dev.h3ae.demo.R
import dev.h3ae.demo.shareFile

/** Connects the clip's screen to its view model, the system's pickers, the gallery and sharing. */
@Composable
fun ClipRoute(
    model: ClipViewModel,
    wide: Boolean,
    messages: SnackbarHostState,
    modifier: Modifier = Modifier,
) {
    val state by model.state.collectAsStateWithLifecycle()
    val context = LocalContext.current
    val resources = LocalResources.current

    LaunchedEffect(state.export) {
        when (val export = state.export) {
            is Export.None, is Export.Running -> {
                return@LaunchedEffect
            }

            is Export.Saved -> {
                messages.showSnackbar(resources.getString(R.string.save_done))
            }

            is Export.Shared -> {
                context.shareFile(export.video, VIDEO_TYPE, R.string.share)
            }

            is Export.Failed -> {
                val problem = export.problem
                messages.showSnackbar(problem.title?.let(resources::getString) ?: problem.detail)
            }
        }
        model.exportTold()
    }
    BackHandler(enabled = state.phase !is Phase.Choosing, onBack = model::cancel)

    val pickPhoto =
        rememberLauncherForActivityResult(PickVisualMedia()) { uri ->
            uri?.let { model.decode(Source.Photo(context.keepAccess(it))) }
        }
    val pickVideo =
        rememberLauncherForActivityResult(PickVisualMedia()) { uri ->
            uri?.let { model.decode(Source.Video(context.keepAccess(it))) }
        }
    // Before Android 10 the gallery wants a permission; a place that the user names wants none.
    val saveAs =
        rememberLauncherForActivityResult(CreateDocument(VIDEO_TYPE)) { uri ->
            uri?.let(model::saveTo)
        }

    val actions =
        ClipActions(
            onBundled = { model.decode(Source.Bundled) },
            onPhoto = { pickPhoto.launch(PickVisualMediaRequest(PickVisualMedia.ImageOnly)) },
            onVideo = { pickVideo.launch(PickVisualMediaRequest(PickVisualMedia.VideoOnly)) },
            onFirstFrame = model::giveFirstFrame,
            onRetry = model::retry,
            onBack = model::cancel,
            onSave = {
                if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.Q) model.save() else saveAs.launch(exportName())
            },
            onShare = model::share,
        )
    ClipScreen(state, actions, wide, modifier)
}

private const val VIDEO_TYPE = "video/mp4"

/** Asks to read what was picked also after the process has died, where the picker grants that. */
private fun Context.keepAccess(uri: Uri): String {
    try {
        contentResolver.takePersistableUriPermission(uri, Intent.FLAG_GRANT_READ_URI_PERMISSION)
    } catch (_: SecurityException) {
        // Granted for this process only: after its death the clip is chosen again.
    }
    return uri.toString()
}
