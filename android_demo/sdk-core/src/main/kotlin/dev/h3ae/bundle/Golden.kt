package dev.h3ae.bundle

import dev.h3ae.tensor.DType
import kotlinx.serialization.Serializable

/**
 * Real latents and the reference's frames for them: a self-test for every device.
 *
 * @property source the clip, with its licence.
 * @property latents `[T', Z, H', W']`, normalised.
 * @property frames `[n, 3, H, W]`: float16 in [-1, 1], or uint8 (value = 2 x / 255 - 1).
 * @property frameIndices which frames of the decoded clip those are, ascending.
 * @property image `[1, 3, H, W]`: the first frame, for I2V bundles.
 * @property conditioned [frames] of the decode with the features of [image], of the same indices (format 1.2).
 * @property tolerance precision to its tolerance.
 */
@Serializable
public data class Golden(
    public val source: String,
    public val latents: GoldenTensor,
    public val frames: GoldenTensor,
    public val frameIndices: List<Int>,
    public val image: GoldenTensor? = null,
    public val conditioned: GoldenTensor? = null,
    public val tolerance: Map<String, Tolerance>,
) {
    /** All of its files. */
    public val files: List<GoldenTensor> get() = listOfNotNull(latents, frames, image, conditioned)
}

/** A safetensors file that holds one tensor, called [tensor]. */
@Serializable
public data class GoldenTensor(
    override val file: String,
    public val tensor: String,
    public val dtype: DType,
    public val shape: List<Int>,
    override val bytes: Long,
    override val sha256: String,
) : Listed

/** What a decode of the golden latents must reach, over all golden frames. */
@Serializable
public data class Tolerance(
    public val maxAbs: Double,
    public val psnrDb: Double,
)
