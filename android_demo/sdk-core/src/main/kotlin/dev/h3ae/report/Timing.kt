package dev.h3ae.report

import kotlinx.serialization.Serializable

/**
 * How long until the bundle can decode.
 *
 * @property firstS the first load after installation.
 * @property cold loads in a new process each.
 * @property warm loads again in a process that had loaded it before.
 * @property firstClipS the first clip after a cold load.
 * @property method what was done to the caches of files and compilations.
 */
@Serializable
public data class Loads(
    public val firstS: Double? = null,
    public val cold: Distribution? = null,
    public val warm: Distribution? = null,
    public val firstClipS: Double? = null,
    public val method: String = "",
)

/** One graph: [calls] a clip, all of them together in [clip], whose sample i belongs to clip i. */
@Serializable
public data class Stage(
    public val graph: String,
    public val calls: Int,
    public val clip: Distribution,
    public val call: Distribution? = null,
)

/** Where the time goes, measured in clips of their own by the profiler [method]. */
@Serializable
public data class Operations(
    public val method: String,
    public val clipS: Double,
    public val items: List<Operation>,
)

/** One operation, or a kind of operation; [seconds] are those of a clip. */
@Serializable
public data class Operation(
    public val graph: String,
    public val name: String,
    public val kind: String,
    public val calls: Int,
    public val seconds: Double,
    public val unit: String? = null,
    public val flops: Long? = null,
    public val bytes: Long? = null,
)

/** Which unit runs what, according to [method]. */
@Serializable
public data class Placement(
    public val method: String,
    public val items: List<PlacementItem>,
)

/** How much of a graph a unit runs; [cost] is its share of the graph's estimated cost. */
@Serializable
public data class PlacementItem(
    public val graph: String,
    public val unit: String,
    public val operations: Int,
    public val cost: Double? = null,
)
