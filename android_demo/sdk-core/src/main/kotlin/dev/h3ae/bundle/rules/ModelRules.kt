package dev.h3ae.bundle.rules

import dev.h3ae.BundleCode.MANIFEST_FRAMES
import dev.h3ae.BundleCode.MANIFEST_REFERENCE
import dev.h3ae.BundleCode.MANIFEST_SHAPE
import dev.h3ae.bundle.Manifest

/** A statistic a channel. */
internal fun checkModel(manifest: Manifest) {
    val model = manifest.model
    for ((name, values) in listOf("latent_mean" to model.latentMean, "latent_std" to model.latentStd)) {
        if (values.size != model.latentChannels) {
            violation(MANIFEST_SHAPE, "model: $name has ${values.size} values for ${model.latentChannels} channels")
        }
    }
}

/** Frame law and size follow from the model's compression. */
internal fun checkVideo(manifest: Manifest) {
    val video = manifest.video
    val (time, down, across) = manifest.model.compression
    if (video.frameLaw.temporal != time) {
        violation(
            MANIFEST_FRAMES,
            "video.frame_law.temporal is ${video.frameLaw.temporal}, the model compresses by $time",
        )
    }
    if (video.height % down != 0) violation(MANIFEST_SHAPE, "video.height ${video.height} is not divisible by $down")
    if (video.width % across != 0) violation(MANIFEST_SHAPE, "video.width ${video.width} is not divisible by $across")
}

/** No memory figures of graphs that do not exist. */
internal fun checkMemory(manifest: Manifest) {
    manifest.memory
        ?.stages
        ?.keys
        ?.firstOrNull { it !in manifest.graphs }
        ?.let { violation(MANIFEST_REFERENCE, "memory.stages: no graph '$it'") }
}
