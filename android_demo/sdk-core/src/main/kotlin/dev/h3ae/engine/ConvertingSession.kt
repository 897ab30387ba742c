package dev.h3ae.engine

import dev.h3ae.bundle.Graph
import dev.h3ae.bundle.TensorSpec
import dev.h3ae.tensor.DType
import dev.h3ae.tensor.Tensor
import dev.h3ae.tensor.convert

private val FLOATS = setOf(DType.FLOAT32, DType.FLOAT16)

/** The graph with the floating type that a file exchanges, if it states one. */
internal fun Graph.exchanging(type: DType?): Graph = if (type == null) this else withFloats(type)

/** The graph as the decoder sees it: all floating tensors are float32. */
internal fun Graph.asFloat32(): Graph = withFloats(DType.FLOAT32)

internal val Graph.isFloat32: Boolean get() = (inputs + outputs).none { it.dtype == DType.FLOAT16 }

private fun Graph.withFloats(type: DType): Graph {
    fun cast(tensor: TensorSpec) = if (tensor.dtype in FLOATS) tensor.copy(dtype = type) else tensor
    return copy(inputs = inputs.map(::cast), outputs = outputs.map(::cast))
}

/** Converts at the edges of a file that exchanges float16, in buffers that it keeps. */
internal class ConvertingSession(
    private val session: GraphSession,
    graph: Graph,
) : GraphSession {
    private val inputs = graph.inputs.associate { it.name to Tensor.allocate(it.dtype, it.shape) }
    private val outputs = graph.outputs.associate { it.name to Tensor.allocate(it.dtype, it.shape) }

    override fun run(
        inputs: Map<String, Tensor>,
        outputs: Map<String, Tensor>,
    ) {
        this.inputs.forEach { (name, tensor) -> convert(inputs.getValue(name), tensor) }
        session.run(this.inputs, this.outputs)
        this.outputs.forEach { (name, tensor) -> convert(tensor, outputs.getValue(name)) }
    }

    override fun close(): Unit = session.close()
}
