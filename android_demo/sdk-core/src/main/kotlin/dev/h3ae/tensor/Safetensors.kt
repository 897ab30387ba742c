package dev.h3ae.tensor

import dev.h3ae.DecodeCode
import dev.h3ae.DecodeException
import dev.h3ae.json.StrictJson
import dev.h3ae.json.StrictJsonException
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.intOrNull
import kotlinx.serialization.json.longOrNull
import java.io.IOException
import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.nio.channels.FileChannel
import java.nio.file.Path
import java.nio.file.StandardOpenOption.READ

/**
 * Reads safetensors files: eight bytes with the little-endian length of the header, a JSON header of name to dtype,
 * shape and offsets, then the numbers, little-endian and row-major.
 */
public object Safetensors {
    private const val LENGTH_BYTES = 8
    private const val MAX_HEADER = 1 shl 20
    private const val METADATA = "__metadata__"
    private val DTYPES =
        mapOf("F32" to DType.FLOAT32, "F16" to DType.FLOAT16, "I32" to DType.INT32, "U8" to DType.UINT8)

    /**
     * All tensors of a file by their names.
     *
     * @throws DecodeException with [DecodeCode.INPUT], if the file cannot be read or is none of that format.
     */
    public fun read(file: Path): Map<String, Tensor> =
        try {
            FileChannel.open(file, READ).use { Reader(it).tensors() }
        } catch (error: IOException) {
            throw DecodeException(DecodeCode.INPUT, "cannot read ${file.fileName}: ${error.message}", cause = error)
        } catch (error: MalformedException) {
            throw DecodeException(
                DecodeCode.INPUT,
                "${file.fileName} is no safetensors file: ${error.message}",
                cause = error,
            )
        }

    private class MalformedException(
        reason: String,
    ) : Exception(reason)

    private class Reader(
        private val channel: FileChannel,
    ) {
        private val data: Long

        private val header: JsonObject

        init {
            val length = bytes(0, LENGTH_BYTES.toLong()).order(ByteOrder.LITTLE_ENDIAN).long
            if (length < 0 || length > minOf(MAX_HEADER.toLong(), channel.size() - LENGTH_BYTES)) malformed("no header")
            val text = ByteArray(length.toInt()).also { bytes(LENGTH_BYTES.toLong(), length).get(it) }
            header =
                try {
                    StrictJson.parse(text)
                } catch (error: StrictJsonException) {
                    malformed("its header is ${error.message}")
                }
            data = LENGTH_BYTES + length
        }

        fun tensors(): Map<String, Tensor> =
            (header - METADATA).mapValues { (name, record) -> tensor(name, record as? JsonObject) }

        private fun tensor(
            name: String,
            record: JsonObject?,
        ): Tensor {
            val type = (record?.get("dtype") as? JsonPrimitive)?.content
            val dtype = DTYPES[type] ?: malformed("'$name' has the type $type")
            val shape = (record?.get("shape") as? JsonArray)?.map { (it as? JsonPrimitive)?.intOrNull ?: 0 }.orEmpty()
            val offsets = (record?.get("data_offsets") as? JsonArray)?.map { (it as? JsonPrimitive)?.longOrNull ?: -1 }
            val (from, until) = offsets?.takeIf { it.size == 2 } ?: malformed("'$name' has no offsets")
            if (shape.isEmpty() || shape.any { it <= 0 }) malformed("'$name' has the shape $shape")
            val size = shape.fold(dtype.bytes.toLong()) { all, one -> minOf(all * one, Int.MAX_VALUE + 1L) }
            val isHeld = from >= 0 && until - from == size && until <= channel.size() - data
            if (size > Int.MAX_VALUE || !isHeld) malformed("the data of '$name' do not fit its shape $shape")
            val tensor = Tensor.allocate(dtype, shape)
            // All of our platforms are little-endian, as the format is.
            fill(tensor.bytes, data + from)
            return tensor
        }

        private fun bytes(
            from: Long,
            count: Long,
        ): ByteBuffer =
            ByteBuffer.allocate(count.toInt()).also {
                fill(it, from)
                (it as java.nio.Buffer).rewind()
            }

        private fun fill(
            target: ByteBuffer,
            from: Long,
        ) {
            var at = from
            while (target.hasRemaining()) {
                val count = channel.read(target, at)
                if (count < 0) malformed("it ends too early")
                at += count
            }
        }

        private fun malformed(reason: String): Nothing = throw MalformedException(reason)
    }
}
