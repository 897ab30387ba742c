package dev.h3ae.demo.benchmark

import dev.h3ae.demo.ModelState
import dev.h3ae.demo.Problem

/** What a run is to do. */
data class Plan(
    val clips: Int = DEFAULT_CLIPS,
    val sustained: Boolean = false,
) {
    val sustainedSeconds: Double get() = if (sustained) SUSTAINED_S else 0.0

    companion object {
        const val DEFAULT_CLIPS = 20
        const val MOST_CLIPS = 100
        const val LEAST_CLIPS = 5
        const val SUSTAINED_S = 180.0
    }
}

/** Heat at a moment of the run: 1 is where throttling begins. */
data class Heat(
    val atSeconds: Double,
    val headroom: Float,
)

data class BenchmarkUiState(
    val model: ModelState = ModelState.Loading,
    val plan: Plan = Plan(),
    val run: Run = Run.Idle,
    val heat: List<Heat> = emptyList(),
    /** Whether the device tells its thermal headroom; unknown before the first run. */
    val tellsHeat: Boolean? = null,
)

sealed interface Run {
    data object Idle : Run

    data class Measuring(
        val step: String,
        val done: Int,
        val total: Int,
    ) : Run

    data class Done(
        val result: Measured,
    ) : Run

    data class Failed(
        val problem: Problem,
    ) : Run
}

/** The figures of a report that the screen shows. */
data class Measured(
    val engine: String,
    val loadSeconds: Double?,
    val firstFrameSeconds: Double?,
    val clipMedianSeconds: Double,
    val clipP90Seconds: Double,
    val framesPerSecond: Double,
    val memoryBytes: Long?,
    val slowestFramesPerSecond: Double?,
    val outputPassed: Boolean?,
    val outputPsnrDb: Double?,
)
