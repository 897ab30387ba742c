package dev.h3ae.bundle

import dev.h3ae.tensor.DType
import kotlinx.serialization.Serializable

/**
 * A file for one target, backend, graph and precision.
 *
 * @property target what the file is: `executorch`, `onnx`, ...
 * @property backend what runs it: `xnnpack`, `vulkan`, `onnxruntime`, ...
 * @property graph key in [Manifest.graphs].
 * @property precision of the arithmetic: `fp32`, `fp16`, `int8`, ...
 * @property entry name of the method or function in the file.
 * @property ioDtype floating type exchanged with this file, where it is not the graph's.
 * @property imageOutputs outputs that come as pixel buffers instead of tensors.
 * @property states caches that the runtime holds itself.
 * @property minimumOs platform to release.
 * @property delegates backend to the number of its calls in this entry.
 * @property parity null says that the file was never checked.
 * @property file relative path of a file or directory.
 * @property bytes of the file, or of all files of the directory.
 * @property verified whether parity was measured on the saved file and passed.
 */
@Serializable
public data class Artifact(
    public val target: String,
    public val backend: String,
    public val graph: String,
    public val precision: String,
    public val entry: String = "forward",
    public val ioDtype: DType? = null,
    public val imageOutputs: List<String> = emptyList(),
    public val states: List<String> = emptyList(),
    public val minimumOs: Map<String, String> = emptyMap(),
    public val computeUnits: String? = null,
    public val delegates: Map<String, Int> = emptyMap(),
    public val options: Map<String, String> = emptyMap(),
    public val parity: Parity? = null,
    override val file: String,
    override val bytes: Long,
    override val sha256: String,
    public val verified: Boolean,
) : Listed

/**
 * How far the saved file is from the reference, measured on real latents.
 *
 * @property worstPsnrDb of the worst frame, for a peak-to-peak range of 2; 200 says equal.
 * @property maxAbs largest absolute difference.
 * @property thresholdDb what [worstPsnrDb] had to reach.
 * @property runtime what ran the file, with its version.
 */
@Serializable
public data class Parity(
    public val worstPsnrDb: Double,
    public val meanPsnrDb: Double,
    public val maxAbs: Double,
    public val thresholdDb: Double,
    public val frames: Int,
    public val runtime: String,
    public val size: List<Int>,
    public val seamPsnrDb: Double? = null,
    public val oneShotPsnrDb: Double? = null,
)

/** What a manifest lists: a place in the bundle, its size in bytes and its SHA-256. */
public sealed interface Listed {
    public val file: String
    public val bytes: Long
    public val sha256: String
}
