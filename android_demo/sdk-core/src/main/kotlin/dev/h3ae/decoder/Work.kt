package dev.h3ae.decoder

import dev.h3ae.bundle.ClipDecode
import dev.h3ae.bundle.Decode
import dev.h3ae.bundle.StreamDecode
import dev.h3ae.tensor.Tensor

/** One decode: what to run on which latents, with which features of a first frame. */
internal class Work(
    val plan: Decode,
    val latents: Tensor,
    val conditions: Map<String, Tensor>,
) {
    /** Frames in all. */
    val total: Int =
        when (plan) {
            is ClipDecode -> plan.frames
            is StreamDecode -> plan.framesFirst + (latents.shape[0] - 1) * plan.framesNext
        }
}
