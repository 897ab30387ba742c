package dev.h3ae.bundle

import kotlinx.serialization.Serializable
import kotlinx.serialization.json.JsonObject

/**
 * The autoencoder.
 *
 * @property config for the record; nothing here reads it.
 * @property compression over time, height, width.
 * @property latentMean of each channel: normalised = (raw - mean) / std.
 * @property latentStd of each channel.
 * @property parameters of encoder and decoder together.
 * @property checkpointSha256 of the safetensors file that was exported.
 * @property licence of the weights.
 */
@Serializable
public data class Model(
    public val name: String,
    public val config: JsonObject,
    public val compression: List<Int>,
    public val latentChannels: Int,
    public val latentMean: List<Double>,
    public val latentStd: List<Double>,
    public val parameters: Long,
    public val checkpointSha256: String,
    public val licence: String,
    public val note: String = "",
)
