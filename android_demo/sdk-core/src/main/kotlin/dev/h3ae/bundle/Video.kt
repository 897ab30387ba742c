package dev.h3ae.bundle

import kotlinx.serialization.Serializable

/**
 * The frames that come out.
 *
 * @property frames length of a clip; null where the bundle only streams.
 * @property valueRange always -1 to 1.
 * @property fps default rate for playing and writing, frames a second.
 */
@Serializable
public data class Video(
    public val height: Int,
    public val width: Int,
    public val frames: Int?,
    public val frameLaw: FrameLaw,
    public val valueRange: List<Double> = listOf(-1.0, 1.0),
    public val colour: Colour = Colour(),
    public val channelOrder: String = "RGB",
    public val fps: Double = 24.0,
)

/** The frame law: [first] + [temporal] k frames, [first] of them from the first latent frame. */
@Serializable
public data class FrameLaw(
    public val temporal: Int,
    public val first: Int = 1,
) {
    /** Frames that [latents] latent frames decode to. */
    public fun frames(latents: Int): Int = first + temporal * (latents - 1)
}

/** How to tag the frames; full range: -1 and 1 are black and white. */
@Serializable
public data class Colour(
    public val space: String = "bt709",
    public val transfer: String = "srgb",
    public val range: String = "full",
)
