package dev.h3ae.tensor

/** A float32 copy; pixels of 0 to 255 become [-1, 1], other types keep their values. */
internal fun Tensor.toSigned(): Tensor {
    if (dtype == DType.FLOAT32) return this
    val result = Tensor.allocate(DType.FLOAT32, shape)
    val floats = result.floats
    val source = bytes
    when (dtype) {
        DType.FLOAT16 -> Half.widen(source.asShortBuffer(), floats)
        DType.UINT8 -> while (source.hasRemaining()) floats.put((source.get().toInt() and 0xff) / 127.5f - 1f)
        else -> source.asIntBuffer().let { while (it.hasRemaining()) floats.put(it.get().toFloat()) }
    }
    return result
}

/** Copies numbers between float32 and float16, in either direction. */
internal fun convert(
    source: Tensor,
    target: Tensor,
) {
    when {
        source.dtype == target.dtype -> target.copyFrom(source)
        target.dtype == DType.FLOAT16 -> Half.narrow(source.floats, target.bytes.asShortBuffer())
        source.dtype == DType.FLOAT16 -> Half.widen(source.bytes.asShortBuffer(), target.floats)
        else -> error("no conversion from ${source.dtype} to ${target.dtype}")
    }
}
