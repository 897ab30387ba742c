package dev.h3ae.bundle

import dev.h3ae.BundleCode
import dev.h3ae.BundleException
import dev.h3ae.DecodeException
import dev.h3ae.tensor.Safetensors
import dev.h3ae.tensor.Tensor
import dev.h3ae.tensor.toSigned

/**
 * Golden tensors in memory, float32.
 *
 * @property latents `[T', Z, H', W']`, normalised.
 * @property frames `[n, 3, H, W]` in [-1, 1].
 * @property frameIndices which frames of the clip those are.
 * @property image `[1, 3, H, W]` in [-1, 1].
 * @property conditioned as [frames], decoded with the features of [image].
 */
public class GoldenVectors private constructor(
    public val latents: Tensor,
    public val frames: Tensor,
    public val frameIndices: List<Int>,
    public val image: Tensor?,
    public val conditioned: Tensor?,
) {
    public companion object {
        /**
         * Reads the golden vectors of a bundle.
         *
         * @throws BundleException with [BundleCode.GOLDEN_MISSING] if it has none, [BundleCode.GOLDEN_FORMAT] if a file
         * is not what the manifest says.
         */
        public suspend fun load(bundle: Bundle): GoldenVectors =
            reading {
                val golden =
                    bundle.manifest.golden
                        ?: throw BundleException(
                            BundleCode.GOLDEN_MISSING,
                            "${bundle.manifest.name} holds no golden vectors",
                        )
                GoldenVectors(
                    read(bundle, golden.latents),
                    read(bundle, golden.frames),
                    golden.frameIndices,
                    golden.image?.let { read(bundle, it) },
                    golden.conditioned?.let { read(bundle, it) },
                )
            }

        private fun read(
            bundle: Bundle,
            record: GoldenTensor,
        ): Tensor {
            val tensors =
                try {
                    Safetensors.read(bundle.path(record))
                } catch (error: DecodeException) {
                    throw BundleException(BundleCode.GOLDEN_FORMAT, error.sentence, cause = error)
                }
            val tensor = tensors.values.singleOrNull().takeIf { record.tensor in tensors }
            if (tensor?.dtype != record.dtype || tensor.shape != record.shape) {
                throw BundleException(
                    BundleCode.GOLDEN_FORMAT,
                    "${record.file} holds $tensors, not '${record.tensor}' ${record.dtype}${record.shape}",
                )
            }
            return tensor.toSigned()
        }
    }
}
