package dev.h3ae.bundle.rules

import dev.h3ae.BundleCode.MANIFEST_FRAMES
import dev.h3ae.BundleCode.MANIFEST_REFERENCE
import dev.h3ae.BundleCode.MANIFEST_SHAPE
import dev.h3ae.bundle.ClipDecode
import dev.h3ae.bundle.Encode
import dev.h3ae.bundle.Graph
import dev.h3ae.bundle.I2V
import dev.h3ae.bundle.Kind
import dev.h3ae.bundle.Manifest
import dev.h3ae.bundle.StreamDecode
import dev.h3ae.bundle.TensorSpec

/** Every way to run the bundle fits its graphs and keeps the frame law, and there is one. */
internal fun checkSchedule(manifest: Manifest) {
    val schedule = manifest.schedule
    if (listOfNotNull(schedule.clip, schedule.stream, schedule.i2v, schedule.encode).isEmpty()) {
        violation(MANIFEST_REFERENCE, "schedule holds nothing to run")
    }
    schedule.clip?.let { checkClip(manifest, it, "schedule.clip", null) }
    schedule.stream?.let { checkStream(manifest, it, "schedule.stream", null) }
    schedule.i2v?.let { checkI2V(manifest, it) }
    schedule.encode?.let { checkEncode(manifest, it) }
    checkLength(manifest)
}

/** `video.frames` is the length of every decoded clip, null where none is. */
private fun checkLength(manifest: Manifest) {
    val clips = listOfNotNull(manifest.schedule.clip, manifest.schedule.i2v?.clip)
    val lengths = clips.map { it.frames }.toSet<Int?>().ifEmpty { setOf(null) }
    if (lengths != setOf(manifest.video.frames)) {
        violation(
            MANIFEST_FRAMES,
            "video.frames is ${manifest.video.frames}, the schedule says ${lengths.joinToString(" and ")}",
        )
    }
}

private fun checkClip(
    manifest: Manifest,
    clip: ClipDecode,
    where: String,
    i2v: I2V?,
) {
    val temporal = graphOfRole(manifest, clip.temporal, "$where.temporal", "temporal")
    checkLaw(manifest, clip.latents, clip.frames, where)
    temporal.expect(clip.temporal, Side.INPUTS, Kind.LATENTS, manifest.latentShape(clip.latents))
    val features = temporal.expectFeatures(clip.temporal, clip.frames)
    checkFrameGraph(manifest, clip.frame, clip.framesPerCall, where, features)
    checkConditions(manifest, listOf(clip.temporal, clip.frame), where, i2v)
}

private fun checkStream(
    manifest: Manifest,
    stream: StreamDecode,
    where: String,
    i2v: I2V?,
) {
    val first = graphOfRole(manifest, stream.first, "$where.first", "first")
    val next = graphOfRole(manifest, stream.next, "$where.next", "next")
    val law = manifest.video.frameLaw
    if (stream.framesFirst != law.first) {
        violation(MANIFEST_FRAMES, "$where.frames_first is ${stream.framesFirst}, the frame law says ${law.first}")
    }
    if (stream.framesNext != law.temporal) {
        violation(MANIFEST_FRAMES, "$where.frames_next is ${stream.framesNext}, the frame law says ${law.temporal}")
    }
    val steps = listOf(Triple(stream.first, first, law.first), Triple(stream.next, next, law.temporal))
    for ((name, graph, count) in steps) {
        graph.expect(name, Side.INPUTS, Kind.LATENTS, manifest.latentShape(1))
        checkFrameGraph(manifest, stream.frame, stream.framesPerCall, where, graph.expectFeatures(name, count))
    }
    checkHandover(stream, first, next)
    checkConditions(manifest, listOf(stream.first, stream.next, stream.frame), where, i2v)
}

/** The first step gives, under the same names, all that later steps hand to their successors. */
private fun checkHandover(
    stream: StreamDecode,
    first: Graph,
    next: Graph,
) {
    val where = "graphs.${stream.first}.outputs"
    val given = first.outputs.filter { it.kind == Kind.CACHE }.associateBy { it.name }
    val inputs = next.inputs.associateBy { it.name }
    for (cache in next.caches) {
        val output =
            given[cache.output]
                ?: violation(MANIFEST_REFERENCE, "$where hold no cache '${cache.output}', which '${stream.next}' needs")
        if (!output.sameTensor(inputs.getValue(cache.input))) {
            violation(
                MANIFEST_SHAPE,
                "$where: '${cache.output}' differs in shape or type from '${cache.input}' of '${stream.next}'",
            )
        }
    }
}

private fun checkFrameGraph(
    manifest: Manifest,
    name: String,
    count: Int,
    where: String,
    features: TensorSpec,
) {
    val graph = graphOfRole(manifest, name, "$where.frame", "frame")
    graph.expect(name, Side.INPUTS, Kind.FEATURES, listOf(count) + features.shape.drop(1))
    graph.expect(name, Side.OUTPUTS, Kind.FRAMES, manifest.frameShape(count))
}

private fun checkI2V(
    manifest: Manifest,
    i2v: I2V,
) {
    val encoder = graphOfRole(manifest, i2v.encoder, "schedule.i2v.encoder", "image_encoder")
    encoder.expect(i2v.encoder, Side.INPUTS, Kind.IMAGE, manifest.frameShape(1))
    checkSource(i2v, encoder)
    i2v.clip?.let { checkClip(manifest, it, "schedule.i2v.clip", i2v) }
    i2v.stream?.let { checkStream(manifest, it, "schedule.i2v.stream", i2v) }
}

private fun checkEncode(
    manifest: Manifest,
    encode: Encode,
) {
    val graph = graphOfRole(manifest, encode.graph, "schedule.encode.graph", "encoder")
    checkLaw(manifest, encode.latents, encode.frames, "schedule.encode")
    graph.expect(encode.graph, Side.INPUTS, Kind.VIDEO, manifest.frameShape(encode.frames))
    graph.expect(encode.graph, Side.OUTPUTS, Kind.LATENTS, manifest.latentShape(encode.latents))
}

private fun checkLaw(
    manifest: Manifest,
    latents: Int,
    frames: Int,
    where: String,
) {
    val expected = manifest.video.frameLaw.frames(latents)
    if (frames != expected) {
        violation(MANIFEST_FRAMES, "$where.frames is $frames, $latents latent frames decode to $expected")
    }
}
