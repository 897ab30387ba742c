package dev.h3ae.demo.clip

import androidx.compose.ui.graphics.ImageBitmap
import dev.h3ae.demo.ModelState
import dev.h3ae.demo.Problem
import java.io.File

/** Where a clip comes from; kept over the death of the process as [key] and address. */
sealed interface Source {
    /** The latents in the bundle. */
    data object Bundled : Source

    /** A photograph, shown for a whole clip. */
    data class Photo(
        val uri: String,
    ) : Source

    /** The beginning of a video. */
    data class Video(
        val uri: String,
    ) : Source
}

/** What is being done. */
enum class Step { READING, ENCODING, LOADING, DECODING }

/** What the clip's screen shows. */
data class ClipUiState(
    val model: ModelState = ModelState.Loading,
    val phase: Phase = Phase.Choosing,
    /** Whether the decoder is given the clip's first frame as well, if the model takes one (I2V). */
    val firstFrame: Boolean = false,
    val export: Export = Export.None,
)

/** A clip on its way out of the app, and what came of it until that was told. */
sealed interface Export {
    data object None : Export

    data object Running : Export

    data object Saved : Export

    /** To be offered to other apps. */
    data class Shared(
        val video: File,
    ) : Export

    data class Failed(
        val problem: Problem,
    ) : Export
}

/** How far the chosen clip is. */
sealed interface Phase {
    /** Nothing is chosen. */
    data object Choosing : Phase

    /** In work; [preview] is the newest frame, [done] of [total] frames are there. */
    data class Working(
        val step: Step,
        val done: Int = 0,
        val total: Int = 0,
        val preview: ImageBitmap? = null,
    ) : Phase

    /** Decoded. */
    data class Done(
        val clip: DecodedClip,
    ) : Phase

    /** Given up. */
    data class Failed(
        val problem: Problem,
    ) : Phase
}

/** A clip before and after, and what it took. */
class DecodedClip(
    /** What to compare with, for every frame that has one. */
    val originals: Map<Int, ImageBitmap>,
    val decoded: List<ImageBitmap>,
    /** Whether [originals] are the reference decoder's frames and not the clip itself. */
    val isReference: Boolean,
    val fps: Double,
    val figures: Figures,
)

/** What a decode took. */
data class Figures(
    val encodeSeconds: Double?,
    val firstFrameSeconds: Double,
    val clipSeconds: Double,
    val frames: Int,
    /** Of the worst frame that can be compared. */
    val worstPsnrDb: Double?,
    val engine: String,
) {
    val framesPerSecond: Double get() = frames / clipSeconds
}
