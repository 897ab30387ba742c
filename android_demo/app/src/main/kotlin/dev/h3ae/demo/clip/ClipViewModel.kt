package dev.h3ae.demo.clip

import android.net.Uri
import android.os.Build
import androidx.annotation.RequiresApi
import androidx.lifecycle.SavedStateHandle
import androidx.lifecycle.ViewModel
import androidx.lifecycle.createSavedStateHandle
import androidx.lifecycle.viewModelScope
import androidx.lifecycle.viewmodel.CreationExtras
import dev.h3ae.H3aeException
import dev.h3ae.android.media.MediaException
import dev.h3ae.demo.DemoContainer
import dev.h3ae.demo.ModelState
import dev.h3ae.demo.Problem
import dev.h3ae.demo.container
import kotlinx.coroutines.Job
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.catch
import kotlinx.coroutines.flow.update
import kotlinx.coroutines.launch
import java.io.IOException

/**
 * The clip's screen. What was chosen outlives the process: it is decoded anew, since the frames of a
 * clip are larger than what a system keeps.
 */
class ClipViewModel(
    private val container: DemoContainer,
    private val saved: SavedStateHandle,
    private val exporter: Exporter = ClipExport(container.context),
) : ViewModel() {
    private val worker = ClipWorker(container.context, container.decoders)
    private val mutable = MutableStateFlow(ClipUiState(firstFrame = saved.firstFrame))
    private var job: Job? = null

    val state: StateFlow<ClipUiState> = mutable.asStateFlow()

    init {
        viewModelScope.launch {
            container.model.collect { model ->
                mutable.update { it.copy(model = model) }
                if (model is ModelState.Ready) saved.source()?.let(::decode)
            }
        }
    }

    fun decode(source: Source) {
        val model = (state.value.model as? ModelState.Ready)?.model ?: return
        job?.cancel()
        saved.keep(source)
        job =
            viewModelScope.launch {
                worker
                    .work(model, source, state.value.firstFrame)
                    .catch { error ->
                        // What a cancelled reader says of its file is no failure.
                        currentCoroutineContext().ensureActive()
                        emit(Phase.Failed(Problem.of(error)))
                    }.collect { phase -> mutable.update { it.copy(phase = phase) } }
            }
    }

    /** Gives the decoder the first frame of photos and videos as well, or does so no longer. */
    fun giveFirstFrame(wanted: Boolean) {
        saved.firstFrame = wanted
        mutable.update { it.copy(firstFrame = wanted) }
    }

    /** Stops within one call of a graph, and goes back to choosing. */
    fun cancel() {
        job?.cancel()
        saved.keep(null)
        mutable.update { it.copy(phase = Phase.Choosing) }
    }

    @RequiresApi(Build.VERSION_CODES.Q)
    fun save() =
        export {
            exporter.toGallery(it)
            Export.Saved
        }

    fun saveTo(place: Uri) =
        export {
            exporter.toDocument(it, place)
            Export.Saved
        }

    fun share() = export { Export.Shared(exporter.toCache(it)) }

    /** The screen has told what came of an export. */
    fun exportTold() = mutable.update { it.copy(export = Export.None) }

    /** One at a time: two encoders would write one file. Here, as a rotation must not stop it. */
    private fun export(work: suspend (DecodedClip) -> Export) {
        val clip = (state.value.phase as? Phase.Done)?.clip ?: return
        if (state.value.export is Export.Running) return
        mutable.update { it.copy(export = Export.Running) }
        viewModelScope.launch {
            val end =
                try {
                    work(clip)
                } catch (error: MediaException) {
                    Export.Failed(Problem.of(error))
                } catch (error: H3aeException) {
                    Export.Failed(Problem.of(error))
                } catch (error: IOException) {
                    Export.Failed(Problem.of(error))
                }
            mutable.update { it.copy(export = end) }
        }
    }

    fun retry() {
        if (state.value.model is ModelState.Broken) {
            container.reopen()
        } else {
            saved.source()?.let(::decode)
        }
    }

    companion object {
        fun create(extras: CreationExtras) = ClipViewModel(extras.container(), extras.createSavedStateHandle())
    }
}

private const val KIND = "source.kind"
private const val URI = "source.uri"
private const val FIRST_FRAME = "first_frame"
private const val BUNDLED = "bundled"
private const val PHOTO = "photo"
private const val VIDEO = "video"

private var SavedStateHandle.firstFrame: Boolean
    get() = get<Boolean>(FIRST_FRAME) ?: false
    set(wanted) = set(FIRST_FRAME, wanted)

private fun SavedStateHandle.keep(source: Source?) {
    val (kind, uri) =
        when (source) {
            null -> null to null
            is Source.Bundled -> BUNDLED to null
            is Source.Photo -> PHOTO to source.uri
            is Source.Video -> VIDEO to source.uri
        }
    this[KIND] = kind
    this[URI] = uri
}

private fun SavedStateHandle.source(): Source? {
    val uri = get<String>(URI)
    return when (get<String>(KIND)) {
        BUNDLED -> Source.Bundled
        PHOTO -> uri?.let(Source::Photo)
        VIDEO -> uri?.let(Source::Video)
        else -> null
    }
}
