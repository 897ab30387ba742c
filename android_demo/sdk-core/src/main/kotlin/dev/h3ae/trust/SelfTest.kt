package dev.h3ae.trust

import dev.h3ae.BundleCode
import dev.h3ae.BundleException
import dev.h3ae.DecodeCode
import dev.h3ae.DecodeException
import dev.h3ae.bundle.GoldenVectors
import dev.h3ae.bundle.Tolerance
import dev.h3ae.decoder.VideoDecoder

/**
 * The decode of the golden latents against the golden frames.
 *
 * @property frames compared.
 * @property finite neither NaN nor infinity; if not, [psnrDb] is -200 and [maxAbs] 2.
 * @property psnrDb of the worst frame, for a peak-to-peak range of 2; 200 for equal frames.
 * @property maxAbs largest absolute difference.
 * @property tolerance the bundle's for this precision.
 */
public data class SelfTestResult(
    public val frames: Int,
    public val finite: Boolean,
    public val psnrDb: Double,
    public val maxAbs: Double,
    public val tolerance: Tolerance,
) {
    /** Whether the backend may be trusted. */
    public val passed: Boolean get() = finite && maxAbs <= tolerance.maxAbs && psnrDb >= tolerance.psnrDb

    /** Why not, for people; null if it may. */
    public val reason: String?
        get() =
            when {
                passed -> null
                !finite -> "its frames hold NaN or infinity"
                else -> "its frames are wrong: %.1f dB, %.3g off".format(java.util.Locale.ROOT, psnrDb, maxAbs)
            }
}

/** Proves on the device that a backend decodes right. */
public object SelfTest {
    /**
     * Decodes the golden latents.
     *
     * @param withFirstFrame with the features of the golden image, which takes graphs of its own: the image encoder and
     * conditioned temporal stages. By default, only where the bundle decodes in no other way.
     * @throws BundleException with [BundleCode.GOLDEN_MISSING] if the bundle has no golden vectors of such a decode, or
     * no tolerance for the decoder's precision.
     * @throws DecodeException if the decode fails.
     */
    public suspend fun run(
        decoder: VideoDecoder,
        withFirstFrame: Boolean = !decoder.bundle.manifest.schedule.decodesAlone,
    ): SelfTestResult {
        val golden = GoldenVectors.load(decoder.bundle)
        val manifest = decoder.bundle.manifest
        val precision = decoder.variant.precision
        val tolerance =
            manifest.golden?.tolerance?.get(precision)
                ?: throw BundleException(
                    BundleCode.GOLDEN_MISSING,
                    "${manifest.name} states no tolerance for $precision",
                )
        val image = golden.image.takeIf { withFirstFrame }
        val expected = if (withFirstFrame) golden.conditioned else golden.frames
        if (expected == null || (withFirstFrame && image == null)) {
            throw BundleException(
                BundleCode.GOLDEN_MISSING,
                "${manifest.name} holds no golden frames of decodes with a first frame",
            )
        }
        val firstFrame = image?.let { decoder.encodeImage(it) }
        val comparison = Comparison(expected, golden.frameIndices)
        val finite =
            try {
                decoder.frames(golden.latents, firstFrame).collect { frame -> frame.use(comparison::add) }
                true
            } catch (error: DecodeException) {
                if (error.reason != DecodeCode.NOT_FINITE) throw error
                false
            }
        return comparison.result(finite, tolerance)
    }
}
