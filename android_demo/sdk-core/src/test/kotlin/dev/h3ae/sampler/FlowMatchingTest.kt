package dev.h3ae.sampler

import dev.h3ae.tensor.Tensor
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Test
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith

class FlowMatchingTest {
    @Test
    fun `times fall from 1 to 0, and the shift holds them near the noise`() {
        assertEquals(listOf(1.0, 0.75, 0.5, 0.25, 0.0), FlowMatching(4).times)
        // 3 t / (1 + 2 t)
        val shifted = FlowMatching(4, 3.0).times
        listOf(1.0, 0.9, 0.75, 0.5, 0.0).zip(shifted) { expected, time -> assertEquals(expected, time, 1e-12) }
    }

    @Test
    fun `a straight path is followed exactly by any schedule`() =
        runBlocking<Unit> {
            for (sampler in listOf(FlowMatching(1), FlowMatching(7, 3.0))) {
                val noise = floatArrayOf(3f, -2f)
                val latents = floatArrayOf(0.5f, 1f)
                val x = Tensor.of(noise, listOf(2))
                val velocity = Tensor.of(FloatArray(2) { noise[it] - latents[it] }, listOf(2))
                val times = ArrayList<Double>()
                sampler.sample(x) { _, time -> velocity.also { times += time } }
                repeat(2) { assertEquals(latents[it], x.floats.get(it), 1e-6f) }
                assertEquals(sampler.times.dropLast(1), times)
            }
        }

    @Test
    fun `what leads nowhere is refused`() {
        assertFailsWith<IllegalArgumentException> { FlowMatching(0) }
        assertFailsWith<IllegalArgumentException> { FlowMatching(4, 0.0) }
        val one = Tensor.of(FloatArray(1), listOf(1)).floats
        assertFailsWith<IllegalArgumentException> {
            FlowMatching(
                4,
            ).step(one, Tensor.of(FloatArray(2), listOf(2)).floats, 0)
        }
    }
}
