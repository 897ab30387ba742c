package dev.h3ae.bundle

import kotlinx.serialization.Serializable

/**
 * Everything a decoder needs to know before it opens the first artifact. The one contract of Python, Swift and Kotlin:
 * `docs/bundle.md` explains every field; types and bounds are those of `manifest.schema.json`.
 *
 * @property name of the bundle, without its suffix.
 * @property createdBy tool to version.
 * @property graphs name to graph; [schedule] and [artifacts] refer to these names.
 * @property artifacts in order of preference.
 */
@Serializable
public data class Manifest(
    public val schemaVersion: String,
    public val name: String,
    public val createdBy: Map<String, String>,
    public val model: Model,
    public val video: Video,
    public val graphs: Map<String, Graph>,
    public val artifacts: List<Artifact>,
    public val schedule: Schedule,
    public val memory: Memory? = null,
    public val golden: Golden? = null,
) {
    /** Shape of [frames] latent frames, `[T', Z, H', W']`. */
    public fun latentShape(frames: Int): List<Int> {
        val (_, down, across) = model.compression
        return listOf(frames, model.latentChannels, video.height / down, video.width / across)
    }

    /** Shape of [frames] video frames, `[T, 3, H, W]`. */
    public fun frameShape(frames: Int): List<Int> = listOf(frames, RGB, video.height, video.width)
}

private const val RGB = 3
