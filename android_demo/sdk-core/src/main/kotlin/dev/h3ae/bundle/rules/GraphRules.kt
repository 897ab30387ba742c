package dev.h3ae.bundle.rules

import dev.h3ae.BundleCode.MANIFEST_REFERENCE
import dev.h3ae.BundleCode.MANIFEST_SHAPE
import dev.h3ae.bundle.Graph
import dev.h3ae.bundle.Kind
import dev.h3ae.bundle.TensorSpec

/** Tensors of one graph have names of their own, shapes that fit their layouts, and caches that feed every cache. */
internal fun checkGraph(
    name: String,
    graph: Graph,
) {
    for ((side, tensors) in listOf("inputs" to graph.inputs, "outputs" to graph.outputs)) {
        tensors.forEachIndexed { index, tensor -> checkTensor("graphs.$name.$side[$index]", tensor) }
        firstRepeated(
            tensors.map { it.name },
        )?.let { violation(MANIFEST_REFERENCE, "graphs.$name: $side names '$it' twice") }
    }
    checkCaches(name, graph)
}

private fun checkTensor(
    where: String,
    tensor: TensorSpec,
) {
    if (tensor.layout.length != tensor.shape.size) {
        violation(
            MANIFEST_SHAPE,
            "$where: layout '${tensor.layout}' names ${tensor.layout.length} axes, shape has ${tensor.shape.size}",
        )
    }
    // Five axes of 65,536 pass 64 bits: the product is cut off on its way.
    val elements = tensor.shape.fold(1L) { product, length -> minOf(product * length, Int.MAX_VALUE + 1L) }
    if (elements > Int.MAX_VALUE) violation(MANIFEST_SHAPE, "$where: shape ${tensor.shape} is absurdly large")
}

private fun checkCaches(
    name: String,
    graph: Graph,
) {
    val inputs = graph.inputs.filter { it.kind == Kind.CACHE }.associateBy { it.name }
    val outputs = graph.outputs.filter { it.kind == Kind.CACHE }.associateBy { it.name }
    graph.caches.forEachIndexed { index, cache ->
        val where = "graphs.$name: caches[$index]"
        val input = inputs[cache.input] ?: violation(MANIFEST_REFERENCE, "$where: no cache input '${cache.input}'")
        val output = outputs[cache.output] ?: violation(MANIFEST_REFERENCE, "$where: no cache output '${cache.output}'")
        if (!input.sameTensor(output)) {
            violation(MANIFEST_SHAPE, "$where: '${cache.output}' and '${cache.input}' differ in shape or type")
        }
    }
    if (graph.caches.map { it.input }.sorted() != inputs.keys.sorted()) {
        violation(MANIFEST_REFERENCE, "graphs.$name: caches must feed every cache input exactly once")
    }
}
