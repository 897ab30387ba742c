package dev.h3ae.bundle.rules

import dev.h3ae.BundleCode.MANIFEST_FRAMES
import dev.h3ae.BundleCode.MANIFEST_REFERENCE
import dev.h3ae.BundleCode.MANIFEST_SHAPE
import dev.h3ae.bundle.Golden
import dev.h3ae.bundle.GoldenTensor
import dev.h3ae.bundle.Manifest
import dev.h3ae.tensor.DType

private val FLOATS = setOf(DType.FLOAT32, DType.FLOAT16)
private val PIXELS = FLOATS + DType.UINT8

/** Golden vectors have the shapes, types and frames of this model and video. */
internal fun checkGolden(manifest: Manifest) {
    val golden = manifest.golden ?: return
    val latents = golden.latents.shape.first()
    expectShape("golden.latents", golden.latents.shape, manifest.latentShape(latents))
    expectShape("golden.frames", golden.frames.shape, manifest.frameShape(golden.frameIndices.size))
    golden.image?.let { expectShape("golden.image", it.shape, manifest.frameShape(1)) }
    golden.conditioned?.let {
        if (golden.image == null) {
            violation(MANIFEST_REFERENCE, "golden.conditioned is of no image: golden.image is missing")
        }
        expectShape("golden.conditioned", it.shape, golden.frames.shape)
    }
    val frames = manifest.video.frameLaw.frames(latents)
    if (manifest.video.frames != null && manifest.video.frames != frames) {
        violation(
            MANIFEST_FRAMES,
            "golden.latents decode to $frames frames, video.frames is ${manifest.video.frames}",
        )
    }
    checkTensor("latents", golden.latents, FLOATS)
    checkTensor("frames", golden.frames, PIXELS)
    golden.image?.let { checkTensor("image", it, PIXELS) }
    golden.conditioned?.let { checkTensor("conditioned", it, PIXELS) }
    checkIndices(golden, frames)
}

private fun checkTensor(
    name: String,
    tensor: GoldenTensor,
    allowed: Set<DType>,
) {
    if (tensor.dtype !in allowed) {
        val words = allowed.map { it.name.lowercase() }.sorted()
        violation(MANIFEST_SHAPE, "golden.$name.dtype is ${tensor.dtype.name.lowercase()}, not one of $words")
    }
    val elements =
        tensor.shape.fold(
            tensor.dtype.bytes.toLong(),
        ) { product, length -> minOf(product * length, 1L shl 40) }
    if (tensor.bytes <= elements) {
        violation(
            MANIFEST_SHAPE,
            "golden.$name.bytes ${tensor.bytes} cannot hold ${tensor.dtype.name.lowercase()} ${tensor.shape}",
        )
    }
}

private fun checkIndices(
    golden: Golden,
    frames: Int,
) {
    if (golden.frameIndices.zipWithNext().any { (earlier, later) -> later <= earlier }) {
        violation(MANIFEST_FRAMES, "golden.frame_indices do not ascend")
    }
    if (golden.frameIndices.last() >= frames) {
        violation(
            MANIFEST_FRAMES,
            "golden.frame_indices name frame ${golden.frameIndices.last()}, the latents decode to $frames",
        )
    }
}
