package dev.h3ae.bundle

import kotlinx.serialization.Serializable

/**
 * What a decode needs above the app itself.
 *
 * @property stages graph to its memory.
 * @property peak bytes of a whole decode, all stages loaded.
 * @property method how it was estimated or measured.
 */
@Serializable
public data class Memory(
    public val stages: Map<String, StageMemory>,
    public val peak: Long,
    public val method: String,
)

/** Estimated bytes while one graph runs. */
@Serializable
public data class StageMemory(
    public val weights: Long,
    public val activations: Long,
    public val caches: Long = 0,
)
