package dev.h3ae.demo.clip

import android.content.Context
import android.graphics.Bitmap
import androidx.compose.ui.graphics.asImageBitmap
import androidx.core.net.toUri
import dev.h3ae.android.media.Clip
import dev.h3ae.android.media.ClipReader
import dev.h3ae.android.media.Pixels
import dev.h3ae.android.media.Size
import dev.h3ae.android.media.toTensor
import dev.h3ae.bundle.GoldenVectors
import dev.h3ae.decoder.EncodedImage
import dev.h3ae.decoder.VideoDecoder
import dev.h3ae.demo.Decoders
import dev.h3ae.demo.Model
import dev.h3ae.tensor.Tensor
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.FlowCollector
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.flowOn
import kotlinx.coroutines.runInterruptible

private const val NANOS = 1e9

/** Takes a clip from its source to decoded frames, telling every step. */
class ClipWorker(
    private val context: Context,
    private val decoders: Decoders,
) {
    /** Does the work when collected; ends with [Phase.Done] or an exception. */
    fun work(
        model: Model,
        source: Source,
        firstFrame: Boolean,
    ): Flow<Phase> =
        flow {
            emit(Phase.Working(Step.LOADING))
            decoders.use(model) { decoder ->
                when (source) {
                    is Source.Bundled -> bundled(model, decoder)
                    is Source.Photo -> encoded(model, decoder, firstFrame) { photo(source, model) }
                    is Source.Video -> encoded(model, decoder, firstFrame) { video(source, model) }
                }
            }
        }.flowOn(Dispatchers.Default)

    private suspend fun FlowCollector<Phase>.bundled(
        model: Model,
        decoder: VideoDecoder,
    ) {
        val golden = GoldenVectors.load(model.bundle)
        val references =
            golden.frameIndices.withIndex().associate { (row, frame) ->
                frame to
                    golden.frames.rows(row, row + 1)
            }
        decode(model, decoder, Input(golden.latents, references, isReference = true, model.fps, encodeSeconds = null))
    }

    private suspend fun FlowCollector<Phase>.encoded(
        model: Model,
        decoder: VideoDecoder,
        firstFrame: Boolean,
        read: ClipReader.() -> Clip,
    ) {
        emit(Phase.Working(Step.READING))
        val clip = runInterruptible(Dispatchers.IO) { ClipReader(context).read() }
        emit(Phase.Working(Step.ENCODING))
        val begin = System.nanoTime()
        val video = clip.frames.toTensor()
        val latents = decoder.encode(video)
        val image = if (firstFrame && model.takesFirstFrame) decoder.encodeImage(video.rows(0, 1)) else null
        val seconds = (System.nanoTime() - begin) / NANOS
        val originals = clip.frames.indices.associateWith { video.rows(it, it + 1) }
        decode(model, decoder, Input(latents, originals, isReference = false, clip.fps, seconds, image))
    }

    private suspend fun FlowCollector<Phase>.decode(
        model: Model,
        decoder: VideoDecoder,
        input: Input,
    ) {
        emit(Phase.Working(Step.LOADING))
        decoder.prepare(input.latents.shape.first(), withFirstFrame = input.firstFrame != null)
        val pixels = Pixels(Size(model.width, model.height))
        val frames = ArrayList<Bitmap>()
        var worst: Double? = null
        var firstFrame = 0L
        var watching = 0L
        val begin = System.nanoTime()
        var total = 0
        decoder.frames(input.latents, input.firstFrame, onProgress = { total = it.total }).collect { frame ->
            val arrived = System.nanoTime()
            if (frames.isEmpty()) firstFrame = arrived - begin
            frame.use {
                frames += pixels.bitmap(it.pixels)
                input.originals[it.index]?.let { original ->
                    worst = minOf(worst ?: Double.MAX_VALUE, psnrDb(it.pixels, original.floats))
                }
            }
            emit(Phase.Working(Step.DECODING, frames.size, total, frames.last().asImageBitmap()))
            // Drawing and comparing are not decoding.
            watching += System.nanoTime() - arrived
        }
        val clipNanos = System.nanoTime() - begin - watching
        val figures =
            Figures(
                input.encodeSeconds,
                firstFrame / NANOS,
                clipNanos / NANOS,
                frames.size,
                worst,
                decoder.variant.toString(),
            )
        val originals = input.originals.mapValues { (_, planes) -> pixels.bitmap(planes.floats).asImageBitmap() }
        val decoded = frames.map(Bitmap::asImageBitmap)
        emit(Phase.Done(DecodedClip(originals, decoded, input.isReference, input.fps, figures)))
    }

    private fun ClipReader.photo(
        source: Source.Photo,
        model: Model,
    ) = photo(source.uri.toUri(), model.frames, Size(model.width, model.height), model.fps)

    private fun ClipReader.video(
        source: Source.Video,
        model: Model,
    ) = video(source.uri.toUri(), model.frames, Size(model.width, model.height))

    private class Input(
        val latents: Tensor,
        /** Frame to its picture before, `[1, 3, H, W]`. */
        val originals: Map<Int, Tensor>,
        val isReference: Boolean,
        val fps: Double,
        val encodeSeconds: Double?,
        val firstFrame: EncodedImage? = null,
    )
}
