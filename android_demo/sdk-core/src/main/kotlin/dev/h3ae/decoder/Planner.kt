package dev.h3ae.decoder

import dev.h3ae.DecodeCode
import dev.h3ae.DecodeException
import dev.h3ae.bundle.Decode
import dev.h3ae.bundle.I2V
import dev.h3ae.bundle.Kind
import dev.h3ae.bundle.Manifest
import dev.h3ae.tensor.DType
import dev.h3ae.tensor.Tensor

/** Chooses how to decode, and refuses tensors that do not fit before anything runs. */
internal class Planner(
    private val manifest: Manifest,
) {
    val i2v: I2V
        get() =
            manifest.schedule.i2v
                ?: unsupported("the bundle does not decode with a first frame", "export with --component i2v")

    fun work(
        latents: Tensor,
        firstFrame: EncodedImage?,
    ): Work {
        val plan = plan(latents.shape[0], firstFrame != null)
        expect("latents", latents, manifest.latentShape(latents.shape[0]))
        return Work(plan, latents, firstFrame?.let(::conditions).orEmpty())
    }

    /** The graphs that decode [latents] latent frames, in the order of their first calls. */
    fun graphs(
        latents: Int,
        conditioned: Boolean,
    ): List<String> = plan(latents, conditioned).graphs

    private fun plan(
        latents: Int,
        conditioned: Boolean,
    ): Decode {
        val clip = if (conditioned) i2v.clip else manifest.schedule.clip
        val stream = if (conditioned) i2v.stream else manifest.schedule.stream
        if (clip != null && clip.latents == latents) return clip
        if (stream != null) return stream
        if (clip != null) {
            throw DecodeException(
                DecodeCode.INPUT,
                "$latents latent frames do not fit: the bundle decodes clips of ${clip.latents}",
                "export with --mode stream for any length",
            )
        }
        unsupported(
            "the bundle holds no decoder for latents alone",
            if (manifest.schedule.i2v != null) "give it the first frame" else "export with --component decoder",
        )
    }

    private fun conditions(firstFrame: EncodedImage): Map<String, Tensor> {
        val outputs =
            manifest.graphs
                .getValue(i2v.encoder)
                .outputs
                .associateBy { it.name }
        return i2v.conditions.associate { condition ->
            val feature =
                firstFrame.features[condition.input]
                    ?: throw DecodeException(
                        DecodeCode.INPUT,
                        "the feature '${condition.input}' of the first frame is missing",
                        "encode the image with the decoder of the same bundle",
                    )
            expect(condition.input, feature, outputs.getValue(condition.output).shape)
            condition.input to feature
        }
    }

    fun expectVideo(video: Tensor): String {
        val encode =
            manifest.schedule.encode
                ?: unsupported("the bundle holds no encoder", "export with --component encoder")
        expect(Kind.VIDEO, video, manifest.frameShape(encode.frames))
        return encode.graph
    }

    fun expectImage(image: Tensor): String {
        expect(Kind.IMAGE, image, manifest.frameShape(1))
        return i2v.encoder
    }

    private fun expect(
        name: String,
        tensor: Tensor,
        shape: List<Int>,
    ) {
        if (tensor.dtype != DType.FLOAT32 || tensor.shape != shape) {
            throw DecodeException(DecodeCode.INPUT, "$name are $tensor, the bundle takes ${DType.FLOAT32}$shape")
        }
    }

    private fun unsupported(
        sentence: String,
        wayOut: String,
    ): Nothing = throw DecodeException(DecodeCode.UNSUPPORTED, sentence, wayOut)
}
