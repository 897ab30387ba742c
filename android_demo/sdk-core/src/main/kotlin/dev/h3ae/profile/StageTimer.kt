package dev.h3ae.profile

import dev.h3ae.decoder.CallObserver
import dev.h3ae.report.Distribution
import dev.h3ae.report.Stage

/** Adds up the calls of each graph, clip by clip. */
internal class StageTimer : CallObserver {
    private val calls = LinkedHashMap<String, MutableList<Double>>()
    private val ends = LinkedHashMap<String, MutableList<Int>>()

    @Synchronized
    override fun onCall(
        graph: String,
        nanos: Long,
    ) {
        calls.getOrPut(graph) { ArrayList() } += maxOf(nanos, 1L) / 1e9
    }

    @Synchronized
    fun reset() {
        calls.clear()
        ends.clear()
    }

    @Synchronized
    fun endClip() {
        calls.forEach { (graph, samples) -> ends.getOrPut(graph) { ArrayList() } += samples.size }
    }

    @Synchronized
    fun stages(): List<Stage> =
        ends.map { (graph, boundaries) ->
            val samples = calls.getValue(graph)
            val clips =
                boundaries.mapIndexed { clip, end ->
                    samples.subList(
                        if (clip ==
                            0
                        ) {
                            0
                        } else {
                            boundaries[clip - 1]
                        },
                        end,
                    )
                }
            Stage(graph, clips.first().size, Distribution.of(clips.map { it.sum() }), Distribution.of(samples))
        }
}
