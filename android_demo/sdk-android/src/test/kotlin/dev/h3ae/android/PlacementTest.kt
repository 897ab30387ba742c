package dev.h3ae.android

import dev.h3ae.android.media.Fit
import dev.h3ae.android.media.Placement
import dev.h3ae.android.media.Size
import org.junit.Assert.assertEquals
import org.junit.Test

/** The figures are those of `h3ae_mobile.video.fit.place`. */
class PlacementTest {
    private val target = Size(512, 512)

    @Test
    fun `crop covers the frame and cuts evenly`() {
        val placement = Placement.of(Size(1920, 1080), target, Fit.CROP)
        assertEquals(Size(910, 512), placement.scaled)
        assertEquals(-199, placement.left)
        assertEquals(0, placement.top)
    }

    @Test
    fun `pad fits inside the frame`() {
        val placement = Placement.of(Size(1080, 1920), target, Fit.PAD)
        assertEquals(Size(288, 512), placement.scaled)
        assertEquals(112, placement.left)
        assertEquals(0, placement.top)
    }

    @Test
    fun `an odd surplus is cut as in Python`() = assertEquals(-1, Placement(Size(515, 512), target).left)

    @Test
    fun `resize stretches`() = assertEquals(target, Placement.of(Size(3, 700), target, Fit.RESIZE).scaled)

    @Test
    fun `a thin picture keeps at least one pixel`() {
        assertEquals(Size(1, 512), Placement.of(Size(1, 4000), target, Fit.PAD).scaled)
        assertEquals(Size(512, 2_048_000), Placement.of(Size(1, 4000), target, Fit.CROP).scaled)
    }
}
