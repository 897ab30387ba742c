package dev.h3ae.decoder

import dev.h3ae.DecodeCode
import dev.h3ae.DecodeException
import dev.h3ae.bundle.Bundle
import dev.h3ae.bundle.Kind
import dev.h3ae.engine.Candidate
import dev.h3ae.engine.Engine
import dev.h3ae.engine.Rejection
import dev.h3ae.engine.Sessions
import dev.h3ae.engine.Variant
import dev.h3ae.tensor.Tensor
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock
import kotlinx.coroutines.withContext
import java.io.Closeable

/**
 * Turns latents into frames, one at a time.
 *
 *     VideoDecoder.open(bundle, engines).use { decoder ->
 *         decoder.frames(latents).collect { frame -> frame.use(::show) }
 *     }
 *
 * Memory is bounded: a clip holds its features and one call of the frame stage, a stream its caches and one step. One
 * decode runs at a time; another waits for its turn.
 *
 * @property bundle what it decodes with.
 * @property variant which of the bundle's artifacts run.
 * @property rejections variants that came before it and are not used, with reasons for people.
 */
public class VideoDecoder internal constructor(
    public val bundle: Bundle,
    public val variant: Variant,
    public val rejections: List<Rejection>,
    /** The runtime. */
    public val engine: Engine,
    private val sessions: Sessions,
    private val options: DecoderOptions,
) : Closeable {
    private val planner = Planner(bundle.manifest)
    private val stages = Stages(bundle.manifest, ::call)
    private val pool = FramePool(bundle.manifest.frameShape(1).drop(1))
    private val turn = Mutex()

    /**
     * The frames of a clip.
     *
     * A bundle that holds both decodes latents of the clip's length in one call of the temporal stage, any other number
     * as a stream. Work happens when a frame is asked for; cancellation takes effect between two calls of a graph.
     * What cannot be decoded is refused here and now; what fails later fails in the flow.
     *
     * @param latents `[T', Z, H', W']`, normalised; left as they are until the flow ends.
     * @param firstFrame features of the first frame (Eq. 1), as [encodeImage] gives them.
     * @param onProgress told before every frame.
     * @throws DecodeException if the latents do not fit, or the bundle cannot do what is asked.
     */
    public fun frames(
        latents: Tensor,
        firstFrame: EncodedImage? = null,
        onProgress: (Progress) -> Unit = {},
    ): Flow<Frame> {
        sessions.checkOpen()
        val work = planner.work(latents, firstFrame)
        return flow {
            turn.withLock {
                var done = 0
                stages.run(work) { pixels ->
                    for (row in 0 until pixels.shape[0]) {
                        val frame = pool.frame(done, pixels.rows(row, row + 1)) ?: throw notFinite(done)
                        onProgress(Progress(++done, work.total))
                        emit(frame)
                    }
                }
            }
        }
    }

    /**
     * Encodes a clip.
     *
     * @param video `[T, 3, H, W]` in [-1, 1].
     * @return normalised latents `[T', Z, H', W']`.
     * @throws DecodeException if the bundle holds no encoder, or one for another size or number of frames.
     */
    public suspend fun encode(video: Tensor): Tensor {
        val name = planner.expectVideo(video)
        val outputs = turn.withLock { stages.encode(name, Kind.VIDEO, video) }
        return outputs.getValue(graph(name).output(Kind.LATENTS).name)
    }

    /**
     * Encodes a first frame.
     *
     * @param image `[1, 3, H, W]` in [-1, 1].
     * @throws DecodeException if the bundle holds no image encoder, or one for another size.
     */
    public suspend fun encodeImage(image: Tensor): EncodedImage {
        val name = planner.expectImage(image)
        val outputs = turn.withLock { stages.encode(name, Kind.IMAGE, image) }
        return EncodedImage(
            outputs.getValue(graph(name).output(Kind.LATENTS).name),
            planner.i2v.conditions.associate { it.input to outputs.getValue(it.output) },
        )
    }

    /**
     * Loads the graphs that decode [latents] latent frames, so that the first frame does not wait for it.
     *
     * @throws DecodeException if the runtime refuses one.
     */
    public suspend fun prepare(
        latents: Int,
        withFirstFrame: Boolean = false,
    ) {
        val names = planner.graphs(latents, withFirstFrame)
        withContext(options.dispatcher) { names.forEach(sessions::prepare) }
    }

    /** Gives the runtime's memory back; a call that is running ends first, and its decode fails. */
    override fun close(): Unit = sessions.close()

    private suspend fun call(
        name: String,
        inputs: Map<String, Tensor>,
        outputs: Map<String, Tensor>,
    ) {
        currentCoroutineContext().ensureActive()
        withContext(options.dispatcher) {
            sessions.prepare(name)
            val start = System.nanoTime()
            sessions.run(name, inputs, outputs)
            options.observer?.onCall(name, System.nanoTime() - start)
        }
    }

    private fun graph(name: String) = bundle.manifest.graphs.getValue(name)

    private fun notFinite(frame: Int) =
        DecodeException(
            DecodeCode.NOT_FINITE,
            "frame $frame holds numbers that are not finite ($variant)",
            "decode with artifacts of precision fp32, or on another backend",
        )

    public companion object {
        /**
         * Opens a bundle with the first variant that runs here and, unless the options say otherwise, decodes the
         * golden latents right.
         *
         * @param engines in order of preference.
         * @throws DecodeException with [DecodeCode.NO_BACKEND] if there is none, told with all reasons, or
         * [DecodeCode.MEMORY] if the preflight says no.
         * @throws dev.h3ae.BundleException if the bundle holds nothing of the kind that the options ask for.
         */
        public suspend fun open(
            bundle: Bundle,
            engines: List<Engine>,
            options: DecoderOptions = DecoderOptions(),
        ): VideoDecoder = Opening(bundle, engines, options).open()

        internal fun of(
            bundle: Bundle,
            candidate: Candidate,
            rejections: List<Rejection>,
            options: DecoderOptions,
        ): VideoDecoder =
            VideoDecoder(
                bundle,
                candidate.variant,
                rejections,
                candidate.engine,
                Sessions { candidate.open(it, options.threads) },
                options,
            )
    }
}
