package dev.h3ae.bundle

import dev.h3ae.BundleCode
import dev.h3ae.BundleException
import kotlinx.serialization.Serializable

/**
 * Everything a decoder needs to know before it opens the first artifact. The one contract of Python, Swift and Kotlin:
 * `docs/bundle.md` explains every field; types and bounds are those of `manifest.schema.json`.
 *
 * @property name of the bundle, without its suffix.
 * @property createdBy tool to version.
 * @property graphs name to graph; [schedule] and [artifacts] refer to these names.
 * @property artifacts in order of preference.
 * @property sizes what else than [video] the bundle decodes (format 1.1).
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
    public val sizes: List<Size> = emptyList(),
) {
    /** The golden tensors of all sizes. */
    public val goldenFiles: List<GoldenTensor>
        get() = (listOf(golden) + sizes.map { it.golden }).flatMap { it?.files.orEmpty() }

    /**
     * The manifest of one of the sizes alone, with what a decoder needs for it.
     *
     * @throws BundleException with [BundleCode.ARTIFACT_UNKNOWN], naming the sizes there are.
     */
    public fun at(
        height: Int,
        width: Int,
    ): Manifest {
        if (height == video.height && width == video.width) return this
        val size =
            sizes.firstOrNull { it.height == height && it.width == width }
                ?: throw BundleException(
                    BundleCode.ARTIFACT_UNKNOWN,
                    "$name holds nothing for ${height}x$width",
                    "there is: " +
                        (listOf("${video.height}x${video.width}") + sizes.map { "${it.height}x${it.width}" })
                            .joinToString(),
                )
        return copy(
            video = video.copy(height = height, width = width),
            schedule = size.schedule,
            memory = memory?.only(size.schedule.graphs),
            golden = size.golden,
            sizes = emptyList(),
        )
    }

    /** Shape of [frames] latent frames, `[T', Z, H', W']`. */
    public fun latentShape(frames: Int): List<Int> {
        val (_, down, across) = model.compression
        return listOf(frames, model.latentChannels, video.height / down, video.width / across)
    }

    /** Shape of [frames] video frames, `[T, 3, H, W]`. */
    public fun frameShape(frames: Int): List<Int> = listOf(frames, RGB, video.height, video.width)
}

private const val RGB = 3
