package dev.h3ae.colour

import dev.h3ae.tensor.Tensor
import org.junit.jupiter.api.Test
import java.nio.ByteBuffer
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith

class RgbaTest {
    @Test
    fun `planes become pixels, rounded and clamped, in rows of any stride`() {
        val values = floatArrayOf(-1f, 1f, 0f, 2f) + floatArrayOf(-5f, Float.NaN, 0.5f, -0.5f) + FloatArray(4) { 1f }
        val target = ByteBuffer.allocateDirect(24)
        target.put(99)
        Rgba.write(Tensor.of(values, listOf(3, 2, 2)).floats, 2, 2, target, stride = 12)
        assertEquals(1 + 12 + 8, target.position())
        val bytes = List(24) { target.get(it).toInt() and 0xff }
        assertEquals(listOf(99, 0, 0, 255, 255, 255, 0, 255, 255), bytes.take(9))
        assertEquals(listOf(128, 191, 255, 255, 255, 64, 255, 255), bytes.subList(13, 21))
    }

    @Test
    fun `every level survives the way there and back`() {
        val source = ByteBuffer.allocate(256 * 4 + 8)
        for (level in 0..255) repeat(3) { source.put(4 + level * 4 + it, (level + it).toByte()) }
        source.position(4)
        val tensor = Rgba.read(source, 1, 256)
        val target = ByteBuffer.allocate(256 * 4)
        Rgba.write(tensor.floats, 1, 256, target)
        for (level in 0..255) repeat(3) { assertEquals((level + it).toByte(), target.get(level * 4 + it)) }
        assertEquals(4, source.position())
    }

    @Test
    fun `a frame of another size is refused`() {
        val frame = Tensor.of(FloatArray(12), listOf(3, 2, 2)).floats
        assertFailsWith<IllegalArgumentException> { Rgba.write(frame, 4, 2, ByteBuffer.allocate(64)) }
    }
}
