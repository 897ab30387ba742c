package dev.h3ae.decoder

import dev.h3ae.bundle.ClipDecode
import dev.h3ae.bundle.Graph
import dev.h3ae.bundle.Kind
import dev.h3ae.bundle.Manifest
import dev.h3ae.bundle.StreamDecode
import dev.h3ae.bundle.TensorSpec
import dev.h3ae.engine.asFloat32
import dev.h3ae.tensor.Tensor

/** Runs one graph; suspends until it has. */
internal typealias Call = suspend (graph: String, inputs: Map<String, Tensor>, outputs: Map<String, Tensor>) -> Unit

/**
 * Runs the stages of a schedule. Every tensor between two graphs is allocated once and used again by every step and
 * every decode: memory does not grow with the length of a stream, and no call waits for the garbage collector.
 */
internal class Stages(
    manifest: Manifest,
    private val call: Call,
) {
    private val graphs: Map<String, Graph> = manifest.graphs.mapValues { it.value.asFloat32() }
    private val features = HashMap<String, Tensor>()
    private val frames = HashMap<String, Tensor>()
    private val fillers = HashMap<String, Tensor>()
    private val caches = HashMap<String, List<Map<String, Tensor>>>()

    /** Hands the pixels `[n, 3, H, W]` of every call of the frame stage to [emit], which must copy what it keeps. */
    suspend fun run(
        work: Work,
        emit: suspend (Tensor) -> Unit,
    ) {
        when (val plan = work.plan) {
            is ClipDecode -> pixels(work, step(work, plan.temporal, work.latents, emptyMap(), emptyMap()), emit)
            is StreamDecode -> stream(work, plan, emit)
        }
    }

    private suspend fun stream(
        work: Work,
        plan: StreamDecode,
        emit: suspend (Tensor) -> Unit,
    ) {
        val next = graphs.getValue(plan.next)
        // What a step reads, the step before has written: two sets that change places.
        var (read, write) = caches.getOrPut(plan.next) { List(2) { next.outputs.ofKind(Kind.CACHE) } }
        for (index in 0 until work.latents.shape[0]) {
            val name = if (index == 0) plan.first else plan.next
            val given = if (index == 0) emptyMap() else next.caches.associate { it.input to read.getValue(it.output) }
            val features = step(work, name, work.latents.rows(index, index + 1), given, write)
            read = write.also { write = read }
            pixels(work, features, emit)
        }
    }

    /** Runs one temporal graph and returns its features. */
    private suspend fun step(
        work: Work,
        name: String,
        latents: Tensor,
        given: Map<String, Tensor>,
        left: Map<String, Tensor>,
    ): Tensor {
        val graph = graphs.getValue(name)
        val output = graph.output(Kind.FEATURES)
        val result = features.getOrPut(name) { output.allocate() }
        val inputs = mapOf(graph.input(Kind.LATENTS).name to latents) + work.conditionsOf(graph) + given
        call(name, inputs, mapOf(output.name to result) + left)
        return result
    }

    /** Runs the frame stage over features, a call's worth at a time. */
    private suspend fun pixels(
        work: Work,
        features: Tensor,
        emit: suspend (Tensor) -> Unit,
    ) {
        val name = work.plan.frame
        val size = work.plan.framesPerCall
        val graph = graphs.getValue(name)
        val input = graph.input(Kind.FEATURES)
        val output = graph.output(Kind.FRAMES)
        val result = frames.getOrPut(name) { output.allocate() }
        for (start in 0 until features.shape[0] step size) {
            val count = minOf(size, features.shape[0] - start)
            val part = features.rows(start, start + count)
            val full = if (count == size) part else filled(part, fillers.getOrPut(name) { input.allocate() })
            call(name, mapOf(input.name to full) + work.conditionsOf(graph), mapOf(output.name to result))
            emit(result.rows(0, count))
        }
    }

    /** Repeats the last row of [part] until [target] is full. */
    private fun filled(
        part: Tensor,
        target: Tensor,
    ): Tensor {
        val count = part.shape[0]
        for (row in 0 until target.shape[0]) {
            val source = minOf(row, count - 1)
            target.rows(row, row + 1).copyFrom(part.rows(source, source + 1))
        }
        return target
    }

    /** Runs a graph with one input and returns all of its outputs, in memory of their own. */
    suspend fun encode(
        name: String,
        kind: String,
        value: Tensor,
    ): Map<String, Tensor> {
        val graph = graphs.getValue(name)
        val outputs = graph.outputs.associate { it.name to it.allocate() }
        call(name, mapOf(graph.input(kind).name to value), outputs)
        return outputs
    }

    private fun List<TensorSpec>.ofKind(kind: String) =
        filter { it.kind == kind }.associate { it.name to it.allocate() }

    private fun TensorSpec.allocate() = Tensor.allocate(dtype, shape)

    private fun Work.conditionsOf(graph: Graph) = graph.conditions.associate { it.name to conditions.getValue(it.name) }
}
