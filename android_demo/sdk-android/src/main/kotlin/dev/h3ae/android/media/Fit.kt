package dev.h3ae.android.media

import kotlin.math.max
import kotlin.math.min
import kotlin.math.roundToInt

/** How a picture of one shape fills a frame of another. */
public enum class Fit {
    /** Keeps the shape and cuts what lies outside the frame, evenly on both sides. */
    CROP,

    /** Stretches to the frame; the proportions are lost. */
    RESIZE,

    /** Keeps the shape; the rest of the frame is black. */
    PAD,
}

/** Width and height in pixels. */
public data class Size(
    public val width: Int,
    public val height: Int,
) {
    init {
        require(width > 0 && height > 0) { "a picture cannot be $width x $height" }
    }
}

/** A picture scaled to [scaled] and centred in a frame of [target], cut or on black. */
public data class Placement(
    public val scaled: Size,
    public val target: Size,
) {
    /** Left edge of the scaled picture in the frame; negative where it is cut. */
    public val left: Int get() = (target.width - scaled.width) / 2

    /** Top edge of the scaled picture in the frame; negative where it is cut. */
    public val top: Int get() = (target.height - scaled.height) / 2

    public companion object {
        /** Decides how a picture of [source] fills a frame of [target]. */
        public fun of(
            source: Size,
            target: Size,
            fit: Fit,
        ): Placement {
            val across = target.width.toDouble() / source.width
            val down = target.height.toDouble() / source.height
            val scaled =
                when (fit) {
                    Fit.RESIZE -> {
                        target
                    }

                    Fit.CROP -> {
                        source
                            .scaled(
                                max(across, down),
                            ) { side, limit -> max(side, limit) }
                            .within(target, ::max)
                    }

                    Fit.PAD -> {
                        source
                            .scaled(
                                min(across, down),
                            ) { side, limit -> max(side, limit) }
                            .within(target, ::min)
                    }
                }
            return Placement(scaled, target)
        }

        private fun Size.scaled(
            factor: Double,
            atLeast: (Int, Int) -> Int,
        ) = Size(atLeast((width * factor).roundToInt(), 1), atLeast((height * factor).roundToInt(), 1))

        private fun Size.within(
            target: Size,
            limit: (Int, Int) -> Int,
        ) = Size(limit(width, target.width), limit(height, target.height))
    }
}
