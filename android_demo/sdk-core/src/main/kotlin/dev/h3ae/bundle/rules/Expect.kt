package dev.h3ae.bundle.rules

import dev.h3ae.BundleCode.MANIFEST_REFERENCE
import dev.h3ae.BundleCode.MANIFEST_SHAPE
import dev.h3ae.bundle.Graph
import dev.h3ae.bundle.Kind
import dev.h3ae.bundle.Manifest
import dev.h3ae.bundle.TensorSpec

internal enum class Side { INPUTS, OUTPUTS }

/** What may enter a graph of each role; anything else would stay unfed. */
private val INPUT_KINDS =
    mapOf(
        "temporal" to setOf(Kind.LATENTS, Kind.CONDITION),
        "frame" to setOf(Kind.FEATURES, Kind.CONDITION),
        "first" to setOf(Kind.LATENTS, Kind.CONDITION),
        "next" to setOf(Kind.LATENTS, Kind.CONDITION, Kind.CACHE),
        "encoder" to setOf(Kind.VIDEO),
        "image_encoder" to setOf(Kind.IMAGE),
    )

/** The graph that the field [where] names; it must have [role] and only inputs that are fed. */
internal fun graphOfRole(
    manifest: Manifest,
    name: String,
    where: String,
    role: String,
): Graph {
    val graph = manifest.graphs[name] ?: violation(MANIFEST_REFERENCE, "$where: no graph '$name'")
    if (graph.role != role) violation(MANIFEST_REFERENCE, "$where: '$name' has role '${graph.role}', not '$role'")
    graph.inputs.firstOrNull { it.kind !in INPUT_KINDS.getValue(role) }?.let {
        violation(MANIFEST_REFERENCE, "graphs.$name.inputs: nothing feeds '${it.name}' of kind '${it.kind}'")
    }
    return graph
}

/** Requires exactly one tensor of that kind, of layout TCHW and that shape. */
internal fun Graph.expect(
    name: String,
    side: Side,
    kind: String,
    shape: List<Int>,
) {
    val tensor = only(name, side, kind)
    expectShape("graphs.$name.${side.name.lowercase()}: '${tensor.name}'", tensor.shape, shape)
}

/** Requires one output of features for [frames] frames and returns it. */
internal fun Graph.expectFeatures(
    name: String,
    frames: Int,
): TensorSpec {
    val features = only(name, Side.OUTPUTS, Kind.FEATURES)
    val expected = listOf(frames) + features.shape.drop(1)
    expectShape("graphs.$name.outputs: '${features.name}'", features.shape, expected)
    return features
}

internal fun expectShape(
    where: String,
    shape: List<Int>,
    expected: List<Int>,
) {
    if (shape != expected) violation(MANIFEST_SHAPE, "$where has shape $shape, expected $expected")
}

private fun Graph.only(
    name: String,
    side: Side,
    kind: String,
): TensorSpec {
    val found = (if (side == Side.INPUTS) inputs else outputs).filter { it.kind == kind }
    val where = "graphs.$name.${side.name.lowercase()}"
    val tensor =
        found.singleOrNull()
            ?: violation(MANIFEST_REFERENCE, "$where hold ${found.size} tensors of kind '$kind', not one")
    if (tensor.layout != "TCHW") {
        violation(MANIFEST_SHAPE, "$where: '${tensor.name}' has layout '${tensor.layout}', not 'TCHW'")
    }
    return tensor
}
