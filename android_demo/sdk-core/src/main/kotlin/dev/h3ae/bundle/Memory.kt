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
) {
    /** The memory of some graphs: all of their weights and caches, the largest activations. Null if none is known. */
    internal fun only(graphs: Set<String>): Memory? {
        val own = stages.filterKeys { it in graphs }
        if (own.isEmpty()) return null
        val kept = own.values.sumOf { it.weights + it.caches }
        return Memory(own, kept + own.values.maxOf { it.activations }, method)
    }
}

/** Estimated bytes while one graph runs. */
@Serializable
public data class StageMemory(
    public val weights: Long,
    public val activations: Long,
    public val caches: Long = 0,
)
