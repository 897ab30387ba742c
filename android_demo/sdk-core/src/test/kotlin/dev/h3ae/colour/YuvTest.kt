package dev.h3ae.colour

import dev.h3ae.tensor.Tensor
import org.junit.jupiter.api.Test
import java.nio.ByteBuffer
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith

class YuvTest {
    /** Luma, blueness and redness of one colour, by planes that share their bytes as in NV12. */
    private fun convert(vararg rgb: Float): List<Int> {
        val pixels = Tensor.of(FloatArray(12) { rgb[it / 4] }, listOf(3, 2, 2)).floats
        val luma = ByteBuffer.allocateDirect(2 * 8)
        val chroma = ByteBuffer.allocateDirect(2)
        val redness = chroma.duplicate().also { it.position(1) }.slice()
        Yuv.write(pixels, 2, 2, Plane(luma, 8, 1), Plane(chroma, 8, 2), Plane(redness, 8, 2))
        val corners = listOf(0, 1, 8, 9).map { luma.get(it).toInt() and 0xff }
        assertEquals(1, corners.distinct().size)
        return listOf(corners.first(), chroma.get(0).toInt() and 0xff, chroma.get(1).toInt() and 0xff)
    }

    @Test
    fun `the corners of the cube are those of BT 709 in video range`() {
        assertEquals(listOf(16, 128, 128), convert(-1f, -1f, -1f))
        assertEquals(listOf(235, 128, 128), convert(1f, 1f, 1f))
        assertEquals(listOf(63, 102, 240), convert(1f, -1f, -1f))
        assertEquals(listOf(173, 42, 26), convert(-1f, 1f, -1f))
        assertEquals(listOf(32, 240, 118), convert(-1f, -1f, 1f))
        assertEquals(listOf(235, 128, 128), convert(9f, 9f, 9f))
    }

    @Test
    fun `an odd size is refused`() {
        val pixels = Tensor.of(FloatArray(9), listOf(3, 1, 3)).floats
        val plane = Plane(ByteBuffer.allocate(9), 3, 1)
        assertFailsWith<IllegalArgumentException> { Yuv.write(pixels, 1, 3, plane, plane, plane) }
    }
}
