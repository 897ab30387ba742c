package dev.h3ae.ort

import ai.onnxruntime.OnnxJavaType
import ai.onnxruntime.OnnxTensor
import ai.onnxruntime.OrtEnvironment
import ai.onnxruntime.OrtException
import ai.onnxruntime.OrtSession
import dev.h3ae.DecodeCode
import dev.h3ae.DecodeException
import dev.h3ae.bundle.Graph
import dev.h3ae.engine.GraphSession
import dev.h3ae.tensor.DType
import dev.h3ae.tensor.Tensor

/** A graph as a model; inputs and outputs are the caller's memory, which the runtime reads and writes in place. */
internal class OrtGraphSession(
    private val environment: OrtEnvironment,
    private val session: OrtSession,
    private val name: String,
    private val graph: Graph,
) : GraphSession {
    private var open = true

    override fun run(
        inputs: Map<String, Tensor>,
        outputs: Map<String, Tensor>,
    ) {
        check(open) { "the session of $name is closed" }
        val values = ArrayList<OnnxTensor>()
        try {
            val given = graph.inputs.associate { it.name to value(inputs.getValue(it.name)).also(values::add) }
            val taken = graph.outputs.associate { it.name to value(outputs.getValue(it.name)).also(values::add) }
            session.run(given, emptySet(), taken).close()
        } catch (error: OrtException) {
            throw DecodeException(DecodeCode.ENGINE, "ONNX Runtime cannot run $name: ${error.message}", cause = error)
        } finally {
            values.forEach(OnnxTensor::close)
        }
    }

    override fun close() {
        if (open) session.close()
        open = false
    }

    private fun value(tensor: Tensor): OnnxTensor {
        val shape = LongArray(tensor.shape.size) { tensor.shape[it].toLong() }
        return when (tensor.dtype) {
            DType.FLOAT32 -> OnnxTensor.createTensor(environment, tensor.floats, shape)
            DType.FLOAT16 -> OnnxTensor.createTensor(environment, tensor.bytes, shape, OnnxJavaType.FLOAT16)
            DType.INT32 -> OnnxTensor.createTensor(environment, tensor.bytes.asIntBuffer(), shape)
            DType.UINT8 -> OnnxTensor.createTensor(environment, tensor.bytes, shape, OnnxJavaType.UINT8)
        }
    }
}
