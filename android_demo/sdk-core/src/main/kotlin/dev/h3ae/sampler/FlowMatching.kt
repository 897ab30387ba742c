package dev.h3ae.sampler

import dev.h3ae.tensor.Tensor
import java.nio.FloatBuffer

/**
 * Euler's method for flow matching, for a diffusion transformer in latent space: from noise at t = 1 to latents at
 * t = 0, along the velocity `v = noise - latents` that the network predicts.
 *
 * @param steps calls of the network.
 * @param shift s of `t' = s t / (1 + (s - 1) t)`: above 1 it spends more steps near the noise, as large latents need.
 */
public class FlowMatching(
    public val steps: Int,
    public val shift: Double = 1.0,
) {
    init {
        require(steps > 0) { "$steps steps lead nowhere" }
        require(shift > 0) { "a shift of $shift turns time around" }
    }

    /** The steps' times, from 1 down to 0: one more than steps. */
    public val times: List<Double> =
        List(steps + 1) { index ->
            val time = 1 - index.toDouble() / steps
            shift * time / (1 + (shift - 1) * time)
        }

    /**
     * One step in place: `x += (t[i + 1] - t[i]) v`.
     *
     * @param latents x, overwritten.
     * @param velocity v, of as many numbers.
     * @param index of the step, from 0.
     */
    public fun step(
        latents: FloatBuffer,
        velocity: FloatBuffer,
        index: Int,
    ) {
        require(latents.remaining() == velocity.remaining()) { "latents and velocity differ in size" }
        val delta = (times[index + 1] - times[index]).toFloat()
        val x = latents.duplicate()
        val v = velocity.duplicate()
        for (at in x.position() until x.limit()) x.put(at, x.get(at) + delta * v.get())
    }

    /**
     * All steps in place.
     *
     * @param latents noise that becomes latents.
     * @param velocity the network: latents and time in, velocity of the same shape out.
     */
    public suspend fun sample(
        latents: Tensor,
        velocity: suspend (latents: Tensor, time: Double) -> Tensor,
    ) {
        for (index in 0 until steps) step(latents.floats, velocity(latents, times[index]).floats, index)
    }
}
