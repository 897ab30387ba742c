package dev.h3ae.engine

import dev.h3ae.bundle.Graph
import dev.h3ae.bundle.TensorSpec
import dev.h3ae.tensor.DType
import dev.h3ae.tensor.Tensor
import org.junit.jupiter.api.Test
import kotlin.test.assertEquals
import kotlin.test.assertTrue

class ConvertingSessionTest {
    private fun spec(name: String) = TensorSpec(name, listOf(2), DType.FLOAT32, "C", "features")

    @Test
    fun `a file that exchanges float16 is served with float32`() {
        val graph = Graph("frame", listOf(spec("x")), listOf(spec("y"))).exchanging(DType.FLOAT16)
        assertTrue(!graph.isFloat32)
        assertTrue(graph.asFloat32().isFloat32)
        var closed = false
        val file =
            object : GraphSession {
                override fun run(
                    inputs: Map<String, Tensor>,
                    outputs: Map<String, Tensor>,
                ) {
                    assertEquals(DType.FLOAT16, inputs.getValue("x").dtype)
                    outputs.getValue("y").copyFrom(inputs.getValue("x"))
                }

                override fun close() {
                    closed = true
                }
            }
        val result = Tensor.allocate(DType.FLOAT32, listOf(2))
        ConvertingSession(file, graph).use {
            it.run(mapOf("x" to Tensor.of(floatArrayOf(0.1f, -70_000f), listOf(2))), mapOf("y" to result))
        }
        assertEquals(listOf(0.099975586f, Float.NEGATIVE_INFINITY), List(2) { result.floats.get(it) })
        assertTrue(closed)
    }
}
