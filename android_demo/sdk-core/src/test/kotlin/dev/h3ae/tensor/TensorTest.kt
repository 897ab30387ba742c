package dev.h3ae.tensor

import dev.h3ae.DecodeCode
import dev.h3ae.DecodeException
import dev.h3ae.testing.TemporaryBundle
import org.junit.jupiter.api.Test
import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.nio.file.Files
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith

class TensorTest {
    @Test
    fun `rows are views`() {
        val tensor = Tensor.of(FloatArray(12) { it.toFloat() }, listOf(3, 2, 2))
        val row = tensor.rows(1, 3).rows(1, 2)
        assertEquals(listOf(1, 2, 2), row.shape)
        assertEquals(8f, row.floats.get(0))
        row.floats.put(0, -1f)
        assertEquals(-1f, tensor.floats.get(8))
        assertFailsWith<IndexOutOfBoundsException> { tensor.rows(2, 4) }
    }

    @Test
    fun `shapes that do not fit are refused`() {
        assertFailsWith<IllegalArgumentException> {
            Tensor.allocate(
                DType.FLOAT32,
                listOf(65_536, 65_536, 65_536, 65_536),
            )
        }
        assertFailsWith<IllegalArgumentException> { Tensor.allocate(DType.FLOAT32, listOf(1, 0)) }
        assertFailsWith<IllegalArgumentException> { Tensor.wrap(DType.FLOAT32, listOf(2), ByteBuffer.allocate(8)) }
        assertFailsWith<IllegalArgumentException> {
            Tensor.wrap(
                DType.FLOAT32,
                listOf(3),
                ByteBuffer.allocateDirect(8),
            )
        }
        assertFailsWith<IllegalStateException> { Tensor.allocate(DType.UINT8, listOf(4)).floats }
    }

    @Test
    fun `a runtime without room for a tensor is a typed error`() {
        // The build leaves 1 GiB to direct buffers.
        val error = assertFailsWith<DecodeException> { Tensor.allocate(DType.UINT8, listOf(1_500, 1 shl 20)) }
        assertEquals(DecodeCode.MEMORY, error.reason)
    }

    @Test
    fun `safetensors are read, and what is none is told`() {
        val header = """{"__metadata__":{"a":"b"},"x":{"dtype":"F16","shape":[2,1],"data_offsets":[0,4]}}"""
        assertEquals(
            listOf(1f, -2f),
            read(header, byteArrayOf(0, 0x3c, 0, 0xc0.toByte()))
                .values
                .single()
                .toSigned()
                .list(),
        )
        val pixels = read("""{"x":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}""", byteArrayOf(0, -1))
        assertEquals(
            listOf(-1f, 1f),
            pixels.values
                .single()
                .toSigned()
                .list(),
        )
        for (broken in listOf(
            """{"x":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}}""",
            """{"x":{"dtype":"F16","shape":[3],"data_offsets":[0,4]}}""",
            """{"x":{"dtype":"F16","shape":[2],"data_offsets":[2,6]}}""",
            """{"x":{"dtype":"F16","shape":[-2],"data_offsets":[0,4]}}""",
            """{"x":{"dtype":"F16","shape":[2]}}""",
            """{"x":5}""",
            "[]",
        )) {
            val error = assertFailsWith<DecodeException>(broken) { read(broken, ByteArray(4)) }
            assertEquals(DecodeCode.INPUT, error.reason)
        }
        assertFailsWith<DecodeException> { Safetensors.read(file(ByteArray(3))) }
        assertFailsWith<DecodeException> { Safetensors.read(file(ByteArray(8) { -1 })) }
    }

    private fun Tensor.list() = List(count) { floats.get(it) }

    private fun read(
        header: String,
        data: ByteArray,
    ): Map<String, Tensor> {
        val length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(header.length.toLong())
        return Safetensors.read(file(length.array() + header.toByteArray() + data))
    }

    private fun file(bytes: ByteArray) = Files.write(TemporaryBundle.folder().resolve("x.safetensors"), bytes)
}
