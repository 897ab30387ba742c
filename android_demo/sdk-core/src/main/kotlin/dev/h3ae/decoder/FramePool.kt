package dev.h3ae.decoder

import dev.h3ae.tensor.DType
import dev.h3ae.tensor.Tensor
import java.util.concurrent.ArrayBlockingQueue

/** Memory of closed frames, for the next ones. */
internal class FramePool(
    private val shape: List<Int>,
) {
    private val free = ArrayBlockingQueue<Tensor>(CAPACITY)

    /** A frame with the numbers of [source], or null if one of them is not finite. */
    fun frame(
        index: Int,
        source: Tensor,
    ): Frame? {
        val tensor = free.poll() ?: Tensor.allocate(DType.FLOAT32, shape)
        tensor.copyFrom(source)
        return if (isFinite(tensor)) Frame(index, tensor, ::recycle) else null
    }

    private fun recycle(tensor: Tensor) {
        free.offer(tensor)
    }

    private fun isFinite(tensor: Tensor): Boolean {
        val numbers = tensor.floats
        // x - x is 0 for every finite x, and NaN for the others; NaN stays in a sum.
        var sum = 0f
        while (numbers.hasRemaining()) {
            val number = numbers.get()
            sum += number - number
        }
        return sum == 0f
    }

    private companion object {
        const val CAPACITY = 16
    }
}
