package dev.h3ae.demo

import dev.h3ae.bundle.Bundle

/** A bundle, in the words of the screens. */
class Model(
    val bundle: Bundle,
) {
    private val manifest = bundle.manifest
    private val artifact = manifest.artifacts.firstOrNull { it.target == TARGET } ?: manifest.artifacts.first()

    val name: String = manifest.model.name
    val width: Int = manifest.video.width
    val height: Int = manifest.video.height
    val fps: Double = manifest.video.fps

    /** Of a clip that the encoder takes or, without one, that the decoder gives. */
    val frames: Int = manifest.schedule.encode?.frames ?: manifest.video.frames ?: 1

    /** How many times fewer numbers the latents have than the pixels. */
    val ratio: Int = manifest.model.compression.reduce(Int::times) * CHANNELS / manifest.model.latentChannels
    val precision: String = artifact.precision
    val backend: String = artifact.backend
    val hasEncoder: Boolean = manifest.schedule.encode != null

    /** Whether the decoder can be given a first frame beside the latents of a clip (I2V). */
    val takesFirstFrame: Boolean = hasEncoder && manifest.schedule.i2v != null
    val hasClip: Boolean = manifest.golden != null

    private companion object {
        const val TARGET = "executorch"
        const val CHANNELS = 3
    }
}

/** Where the app's model is. */
sealed interface ModelState {
    data object Loading : ModelState

    /** Being unpacked, at the first start. */
    data class Installing(
        val percent: Int,
    ) : ModelState

    data class Ready(
        val model: Model,
    ) : ModelState

    /** The app was built without one. */
    data object Missing : ModelState

    data class Broken(
        val problem: Problem,
    ) : ModelState
}
