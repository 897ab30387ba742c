package dev.h3ae.bundle

import kotlinx.serialization.Serializable

/** What the bundle can do, at least one of these; names are keys of [Manifest.graphs]. */
@Serializable
public data class Schedule(
    public val clip: ClipDecode? = null,
    public val stream: StreamDecode? = null,
    public val i2v: I2V? = null,
    public val encode: Encode? = null,
) {
    /** Whether it decodes latents without a first frame. */
    internal val decodesAlone: Boolean get() = clip != null || stream != null

    /** The graphs that it runs. */
    internal val graphs: Set<String>
        get() =
            buildSet {
                encode?.let { add(it.graph) }
                i2v?.let { add(it.encoder) }
                listOfNotNull(clip, stream, i2v?.clip, i2v?.stream).forEach { addAll(it.graphs) }
            }
}

/** A further size of the frames, with graphs of its own in files that it shares. */
@Serializable
public data class Size(
    public val height: Int,
    public val width: Int,
    public val schedule: Schedule,
    public val golden: Golden? = null,
)

/** A way to decode. */
public sealed interface Decode {
    /** The frame stage. */
    public val frame: String

    /** Frames that the frame stage turns into pixels at once. */
    public val framesPerCall: Int

    /** The graphs that it runs, in the order of their first calls. */
    public val graphs: List<String>
}

/**
 * Decode a clip of one fixed length: one call of [temporal] gives the features of [frames] frames, and [frame] turns
 * [framesPerCall] of them at a time into pixels. Where fewer are left, the last is repeated and the surplus dropped.
 */
@Serializable
public data class ClipDecode(
    public val temporal: String,
    override val frame: String,
    override val framesPerCall: Int,
    public val latents: Int,
    public val frames: Int,
) : Decode {
    override val graphs: List<String> get() = listOf(temporal, frame)
}

/**
 * Decode any number of latent frames, one a step: step 0 runs [first] and gives [framesFirst] frames, every later step
 * runs [next] and gives [framesNext]. [Graph.caches] of [next] tells what passes from step to step.
 *
 * @property attentionWindow latent frames that the temporal attention sees, the current one included.
 */
@Serializable
public data class StreamDecode(
    public val first: String,
    public val next: String,
    override val frame: String,
    override val framesPerCall: Int,
    public val attentionWindow: Int,
    public val framesFirst: Int,
    public val framesNext: Int,
) : Decode {
    override val graphs: List<String> get() = listOf(first, frame, next)
}

/** Decode with the features of a first frame (Eq. 1): [encoder] runs once on it, [conditions] name what goes where. */
@Serializable
public data class I2V(
    public val encoder: String,
    public val conditions: List<Condition>,
    public val clip: ClipDecode? = null,
    public val stream: StreamDecode? = null,
)

/** Output [output] of the image encoder feeds every decoder input named [input]. */
@Serializable
public data class Condition(
    public val output: String,
    public val input: String,
)

/** One call of [graph] turns [frames] frames into [latents] latent frames, the posterior's mean. */
@Serializable
public data class Encode(
    public val graph: String,
    public val frames: Int,
    public val latents: Int,
)
