package dev.h3ae.bundle.rules

import dev.h3ae.BundleCode.MANIFEST_REFERENCE
import dev.h3ae.BundleCode.MANIFEST_SHAPE
import dev.h3ae.bundle.Graph
import dev.h3ae.bundle.I2V
import dev.h3ae.bundle.Manifest

/** The mapping of `schedule.i2v` on the image encoder's side. */
internal fun checkSource(
    i2v: I2V,
    encoder: Graph,
) {
    if (i2v.clip == null && i2v.stream == null) {
        violation(MANIFEST_REFERENCE, "schedule.i2v has neither clip nor stream")
    }
    firstRepeated(i2v.conditions.map { it.input })?.let {
        violation(MANIFEST_REFERENCE, "schedule.i2v.conditions feed '$it' twice")
    }
    i2v.conditions.forEachIndexed { index, condition ->
        if (encoder.outputs.none { it.name == condition.output }) {
            violation(
                MANIFEST_REFERENCE,
                "schedule.i2v.conditions[$index]: '${i2v.encoder}' has no output '${condition.output}'",
            )
        }
    }
}

/** Features of the first frame (Eq. 1) reach every graph of [names] that asks for them, and only those. */
internal fun checkConditions(
    manifest: Manifest,
    names: List<String>,
    where: String,
    i2v: I2V?,
) {
    val needed =
        names.flatMap { name ->
            manifest.graphs
                .getValue(name)
                .conditions
                .map { name to it }
        }
    if (i2v == null) {
        needed.firstOrNull()?.let { (name, tensor) ->
            violation(
                MANIFEST_REFERENCE,
                "$where runs '$name', whose condition '${tensor.name}' only schedule.i2v feeds",
            )
        }
        return
    }
    if (needed.isEmpty()) violation(MANIFEST_REFERENCE, "$where runs no graph that takes conditions")
    val outputs =
        manifest.graphs
            .getValue(i2v.encoder)
            .outputs
            .associateBy { it.name }
    val sources = i2v.conditions.associate { it.input to outputs.getValue(it.output) }
    for ((name, tensor) in needed) {
        val source =
            sources[tensor.name]
                ?: violation(MANIFEST_REFERENCE, "schedule.i2v.conditions do not feed '${tensor.name}' of '$name'")
        if (!source.sameTensor(tensor)) {
            violation(
                MANIFEST_SHAPE,
                "graphs.$name.inputs: '${tensor.name}' and its source '${source.name}' differ in shape or type",
            )
        }
    }
}
