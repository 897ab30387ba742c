package dev.h3ae.bundle

import dev.h3ae.tensor.DType
import kotlinx.serialization.Serializable

/**
 * A network of fixed shapes, whatever file it is stored in.
 *
 * @property role `temporal`, `frame`, `first`, `next`, `encoder`, `image_encoder`; others are for other readers.
 * @property inputs in the order of the positional arguments, for runtimes without names.
 * @property outputs likewise.
 * @property caches state handed from step to step, on the `next` graph of a stream.
 */
@Serializable
public data class Graph(
    public val role: String,
    public val inputs: List<TensorSpec>,
    public val outputs: List<TensorSpec>,
    public val caches: List<Cache> = emptyList(),
) {
    /** Inputs that take features of the first frame; empty for an unconditioned graph. */
    public val conditions: List<TensorSpec> get() = inputs.filter { it.kind == Kind.CONDITION }

    /** The one input of a kind, which the rules of the manifest promise for graphs that a schedule runs. */
    internal fun input(kind: String): TensorSpec = inputs.single { it.kind == kind }

    /** The one output of a kind. */
    internal fun output(kind: String): TensorSpec = outputs.single { it.kind == kind }
}

/**
 * One input or output of a graph: dense, row-major, of a fixed shape.
 *
 * @property layout one letter an axis, `TCHW` for most.
 * @property kind what it carries; see [Kind].
 */
@Serializable
public data class TensorSpec(
    public val name: String,
    public val shape: List<Int>,
    public val dtype: DType,
    public val layout: String,
    public val kind: String,
) {
    /** Whether one buffer can serve as either. */
    internal fun sameTensor(other: TensorSpec): Boolean = shape == other.shape && dtype == other.dtype
}

/** Output [output] of one streaming step is input [input] of the next. */
@Serializable
public data class Cache(
    public val input: String,
    public val output: String,
)

/** What a tensor carries. An open vocabulary: unknown words belong to graphs that no schedule here runs. */
public object Kind {
    /** Normalised latents. */
    public const val LATENTS: String = "latents"

    /** From the temporal stage to the frame stage. */
    public const val FEATURES: String = "features"

    /** Pixels out, RGB in [-1, 1]. */
    public const val FRAMES: String = "frames"

    /** Pixels of a clip in, RGB in [-1, 1]. */
    public const val VIDEO: String = "video"

    /** Pixels of a first frame in, RGB in [-1, 1]. */
    public const val IMAGE: String = "image"

    /** A feature of the first frame (Eq. 1 of the paper). */
    public const val CONDITION: String = "condition"

    /** What one step of a stream leaves for the next. */
    public const val CACHE: String = "cache"
}
