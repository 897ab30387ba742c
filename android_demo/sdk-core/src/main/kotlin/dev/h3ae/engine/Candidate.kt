package dev.h3ae.engine

import dev.h3ae.bundle.Artifact
import dev.h3ae.bundle.Bundle

/** A variant and the engine that may run it. */
internal class Candidate(
    private val bundle: Bundle,
    val engine: Engine,
    val variant: Variant,
) {
    /** Why it cannot run here, or null. */
    fun obstacle(): String? =
        bundle.manifest.artifacts
            .filter { it.variant == variant }
            .firstNotNullOfOrNull { exchangeObstacle(it) ?: engine.obstacle(it) }

    /** Opens the session of a graph, whose tensors are float32 whatever the file exchanges. */
    fun open(
        graph: String,
        threads: Int?,
    ): GraphSession {
        val artifact = bundle.artifact(variant.target, graph, variant.precision, variant.backend)
        val inFile =
            bundle.manifest.graphs
                .getValue(graph)
                .exchanging(artifact.ioDtype)
        val session = engine.open(bundle.path(artifact), artifact, inFile, threads)
        return if (inFile.isFloat32) session else ConvertingSession(session, inFile)
    }

    private fun exchangeObstacle(artifact: Artifact): String? =
        when {
            artifact.states.isNotEmpty() -> "'${artifact.graph}' keeps its caches in the runtime, out of reach here"
            artifact.imageOutputs.isNotEmpty() -> "'${artifact.graph}' gives pixel buffers, which only Core ML has"
            else -> null
        }

    internal companion object {
        /** Every variant that an engine may run, the engines in their order, then in the manifest's. */
        fun of(
            bundle: Bundle,
            engines: List<Engine>,
        ): List<Candidate> =
            engines.flatMap { engine ->
                bundle.manifest.artifacts
                    .filter { it.target == engine.target }
                    .map { it.variant }
                    .distinct()
                    .map { Candidate(bundle, engine, it) }
            }
    }
}

/** The variant that an artifact belongs to. */
internal val Artifact.variant: Variant get() = Variant(target, backend, precision)
