package dev.h3ae.executorch

import dev.h3ae.DecodeCode
import dev.h3ae.DecodeException
import dev.h3ae.bundle.Artifact
import dev.h3ae.bundle.Graph
import dev.h3ae.engine.GraphSession
import dev.h3ae.tensor.DType
import dev.h3ae.tensor.Tensor
import org.pytorch.executorch.EValue
import org.pytorch.executorch.Module
import org.pytorch.executorch.rawData
import java.nio.Buffer
import java.nio.ByteBuffer
import java.nio.FloatBuffer
import java.nio.IntBuffer
import java.nio.ShortBuffer
import org.pytorch.executorch.Tensor as NativeTensor

/** A graph as a method. Inputs are read in place; outputs are copied once, out of memory that the runtime reuses. */
internal class ExecuTorchSession(
    private val module: Module,
    private val artifact: Artifact,
    private val graph: Graph,
) : GraphSession {
    private var open = true

    override fun run(
        inputs: Map<String, Tensor>,
        outputs: Map<String, Tensor>,
    ) {
        check(open) { "the session of ${artifact.graph} is closed" }
        val given = Array(graph.inputs.size) { EValue.from(native(inputs.getValue(graph.inputs[it].name))) }
        val results =
            guarded("ExecuTorch cannot run ${artifact.graph}") {
                @Suppress("SpreadOperator") // a handful of references
                module.execute(artifact.entry, *given)
            }
        if (results.size != graph.outputs.size) {
            refuse("gives ${results.size} values, the manifest says ${graph.outputs.size}")
        }
        graph.outputs.forEachIndexed { index, spec -> copy(results[index], spec.name, outputs.getValue(spec.name)) }
    }

    override fun close() {
        if (open) module.destroy()
        open = false
    }

    private fun native(tensor: Tensor): NativeTensor {
        val shape = LongArray(tensor.shape.size) { tensor.shape[it].toLong() }
        return when (tensor.dtype) {
            DType.FLOAT32 -> NativeTensor.fromBlob(tensor.floats, shape)
            DType.FLOAT16 -> NativeTensor.fromBlob(tensor.bytes.asShortBuffer(), shape)
            DType.INT32 -> NativeTensor.fromBlob(tensor.bytes.asIntBuffer(), shape)
            DType.UINT8 -> NativeTensor.fromBlobUnsigned(tensor.bytes, shape)
        }
    }

    private fun copy(
        value: EValue,
        name: String,
        target: Tensor,
    ) {
        val result =
            try {
                value.toTensor()
            } catch (error: IllegalStateException) {
                refuse("gives no tensor as '$name'", error)
            }
        val shape = LongArray(target.shape.size) { target.shape[it].toLong() }
        if (!result.shape().contentEquals(
                shape,
            )
        ) {
            refuse("gives '$name' of shape ${result.shape().asList()}, not $target")
        }
        val source: Buffer = result.rawData
        source.rewind()
        val memory = target.bytes
        when {
            source is FloatBuffer && target.dtype == DType.FLOAT32 -> memory.asFloatBuffer().put(source)
            source is ShortBuffer && target.dtype == DType.FLOAT16 -> memory.asShortBuffer().put(source)
            source is IntBuffer && target.dtype == DType.INT32 -> memory.asIntBuffer().put(source)
            source is ByteBuffer && target.dtype == DType.UINT8 -> memory.put(source)
            else -> refuse("gives '$name' of type ${result.dtype()}, not $target")
        }
    }

    private fun refuse(
        problem: String,
        cause: Throwable? = null,
    ): Nothing =
        throw DecodeException(
            DecodeCode.ENGINE,
            "the method '${artifact.entry}' $problem",
            "export the bundle again",
            cause,
        )
}
