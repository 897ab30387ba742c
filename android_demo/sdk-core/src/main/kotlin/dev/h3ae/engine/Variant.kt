package dev.h3ae.engine

/** All artifacts of a bundle of one target, backend and precision. */
public data class Variant(
    public val target: String,
    public val backend: String,
    public val precision: String,
) {
    override fun toString(): String = "$target, $backend, $precision"
}

/** A variant that was not used. */
public data class Rejection(
    public val variant: Variant,
    public val reason: String,
)
