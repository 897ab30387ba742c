package dev.h3ae.tensor

import dev.h3ae.DecodeCode
import dev.h3ae.DecodeException
import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.nio.FloatBuffer

/**
 * Dense, row-major numbers in a direct buffer of native byte order, so that they cross JNI without a copy. On Android
 * such a buffer lies in the Java heap, at a place that does not change, and counts towards its limit.
 *
 * Views ([rows], [bytes], [floats]) share the memory and have positions of their own. Not synchronised.
 *
 * @property shape lengths of the axes.
 */
public class Tensor private constructor(
    public val dtype: DType,
    public val shape: List<Int>,
    private val memory: ByteBuffer,
) {
    /** Numbers in all. */
    public val count: Int = elements(shape)

    /** The memory, from its begin to its end. */
    public val bytes: ByteBuffer
        get() = memory.duplicate().order(ByteOrder.nativeOrder())

    /**
     * The numbers of a [DType.FLOAT32] tensor.
     *
     * @throws IllegalStateException if the tensor holds another type.
     */
    public val floats: FloatBuffer
        get() {
            check(dtype == DType.FLOAT32) { "a tensor of $dtype holds no float32" }
            return bytes.asFloatBuffer()
        }

    /**
     * Rows [from] until [until] along the first axis, without a copy.
     *
     * @throws IndexOutOfBoundsException if there are no such rows.
     */
    public fun rows(
        from: Int,
        until: Int,
    ): Tensor {
        if (from < 0 || until < from || until > shape.first()) {
            throw IndexOutOfBoundsException("rows $from until $until of ${shape.first()}")
        }
        val row = count / shape.first() * dtype.bytes
        val view = memory.duplicate()
        (view as java.nio.Buffer).position(from * row).limit(until * row)
        return Tensor(dtype, listOf(until - from) + shape.drop(1), view.slice())
    }

    /**
     * Copies the numbers of [other].
     *
     * @throws IllegalArgumentException if type or number of elements differ.
     */
    public fun copyFrom(other: Tensor) {
        require(other.dtype == dtype && other.count == count) { "${other.shape} cannot be copied into $shape" }
        bytes.put(other.bytes)
    }

    override fun toString(): String = "$dtype$shape"

    public companion object {
        /**
         * Zeros.
         *
         * @throws IllegalArgumentException if an axis has no positive length, or the bytes pass 2 GiB.
         * @throws DecodeException with [DecodeCode.MEMORY] if the runtime has no room for it.
         */
        public fun allocate(
            dtype: DType,
            shape: List<Int>,
        ): Tensor {
            val bytes = elements(shape, dtype.bytes)
            val memory =
                try {
                    ByteBuffer.allocateDirect(bytes)
                } catch (error: OutOfMemoryError) {
                    throw DecodeException(
                        DecodeCode.MEMORY,
                        "there is no room for a tensor of ${bytes shr 20} MiB: ${error.message}",
                        "use a bundle of a smaller size or of mode stream",
                        error,
                    )
                }
            return Tensor(dtype, shape.toList(), memory)
        }

        /** A [DType.FLOAT32] tensor that holds a copy of [values]. */
        public fun of(
            values: FloatArray,
            shape: List<Int>,
        ): Tensor {
            require(values.size == elements(shape)) { "${values.size} numbers do not fill $shape" }
            return allocate(DType.FLOAT32, shape).apply { floats.put(values) }
        }

        /**
         * Wraps the remaining bytes of a direct buffer, in native byte order, without a copy.
         *
         * @throws IllegalArgumentException if the buffer is not direct or does not hold exactly [shape].
         */
        public fun wrap(
            dtype: DType,
            shape: List<Int>,
            buffer: ByteBuffer,
        ): Tensor {
            require(buffer.isDirect) { "the buffer is not direct" }
            require(buffer.remaining() == elements(shape, dtype.bytes)) {
                "${buffer.remaining()} bytes do not hold $dtype$shape"
            }
            return Tensor(dtype, shape.toList(), buffer.slice())
        }

        private fun elements(
            shape: List<Int>,
            scale: Int = 1,
        ): Int {
            require(shape.isNotEmpty() && shape.all { it > 0 }) { "$shape is no shape" }
            val product = shape.fold(scale.toLong()) { all, one -> minOf(all * one, Int.MAX_VALUE + 1L) }
            require(product <= Int.MAX_VALUE) { "$shape passes 2 GiB" }
            return product.toInt()
        }
    }
}
