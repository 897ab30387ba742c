package dev.h3ae.decoder

import dev.h3ae.BundleCode
import dev.h3ae.BundleException
import dev.h3ae.DecodeCode
import dev.h3ae.DecodeException
import dev.h3ae.H3aeException
import dev.h3ae.bundle.Bundle
import dev.h3ae.engine.Candidate
import dev.h3ae.engine.Engine
import dev.h3ae.engine.Rejection
import dev.h3ae.engine.variant
import dev.h3ae.trust.MemoryPreflight
import dev.h3ae.trust.SelfTest
import kotlinx.coroutines.CancellationException

/** Falls from variant to variant until one can be trusted. */
internal class Opening(
    private val bundle: Bundle,
    private val engines: List<Engine>,
    private val options: DecoderOptions,
) {
    private val rejections = ArrayList<Rejection>()

    suspend fun open(): VideoDecoder {
        options.memory?.let { MemoryPreflight.require(bundle.manifest, it) }
        for (candidate in candidates()) {
            val obstacle = candidate.obstacle()
            if (obstacle != null) {
                rejections += Rejection(candidate.variant, obstacle)
                continue
            }
            tried(candidate)?.let { return it }
        }
        throw DecodeException(
            DecodeCode.NO_BACKEND,
            "${bundle.manifest.name} cannot be run here: " + rejections.joinToString { "${it.variant}: ${it.reason}" },
            "export for a backend of this device",
        )
    }

    private fun candidates(): List<Candidate> {
        val held =
            bundle.manifest.artifacts
                .map { it.variant }
                .distinct()
        if (held.none(options::admits)) {
            throw BundleException(
                BundleCode.ARTIFACT_UNKNOWN,
                "${bundle.manifest.name} holds no artifacts of the kind that was asked for",
                "there are: ${held.joinToString("; ")}",
            )
        }
        val known = engines.map { it.target }.toSet()
        held.filter { it.target !in known }.forEach { rejections += Rejection(it, "no engine here knows this target") }
        return Candidate.of(bundle, engines).filter { options.admits(it.variant) }
    }

    /** A decoder that passed its test, or null after the reason was noted. */
    private suspend fun tried(candidate: Candidate): VideoDecoder? {
        val decoder = VideoDecoder.of(bundle, candidate, rejections.toList(), options)
        val reason =
            try {
                if (options.selfTest) fault(decoder, candidate) else null
            } catch (cancelled: CancellationException) {
                decoder.close()
                throw cancelled
            } catch (error: H3aeException) {
                error.message
            }
        if (reason == null) return decoder
        decoder.close()
        rejections += Rejection(candidate.variant, reason)
        return null
    }

    /** Why a candidate is not trusted, with a first frame or without; null if it is. */
    private suspend fun fault(
        decoder: VideoDecoder,
        candidate: Candidate,
    ): String? {
        SelfTest.run(decoder).reason?.let { return it }
        val schedule = bundle.manifest.schedule
        if (!schedule.decodesAlone || schedule.i2v == null || bundle.manifest.golden?.conditioned == null) return null
        // In a decoder of its own: graphs that an app may never use are in memory no longer than this.
        return VideoDecoder.of(bundle, candidate, emptyList(), options).use { other ->
            SelfTest.run(other, withFirstFrame = true).reason?.let { "with a first frame, $it" }
        }
    }
}
