package dev.h3ae.demo.benchmark

import androidx.lifecycle.SavedStateHandle
import androidx.lifecycle.ViewModel
import androidx.lifecycle.createSavedStateHandle
import androidx.lifecycle.viewModelScope
import androidx.lifecycle.viewmodel.CreationExtras
import dev.h3ae.H3aeException
import dev.h3ae.demo.DemoContainer
import dev.h3ae.demo.ModelState
import dev.h3ae.demo.Problem
import dev.h3ae.demo.container
import dev.h3ae.profile.BenchmarkRequest
import kotlinx.coroutines.Job
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.update
import kotlinx.coroutines.isActive
import kotlinx.coroutines.launch
import java.io.File
import java.io.IOException
import kotlin.time.Duration.Companion.seconds

// The system answers once a second at most.
private val HEAT_EVERY = 2.seconds

/** The benchmark's screen: a plan, a run with its heat, a report. The plan outlives the process. */
class BenchmarkViewModel(
    private val container: DemoContainer,
    private val saved: SavedStateHandle,
) : ViewModel() {
    private val measurement = Measurement(container)
    private val mutable = MutableStateFlow(BenchmarkUiState(plan = saved.plan()))
    private var job: Job? = null

    val state: StateFlow<BenchmarkUiState> = mutable.asStateFlow()

    /** The newest report, to be shared. */
    var report: File? = null
        private set

    init {
        viewModelScope.launch {
            container.model.collect { model -> mutable.update { it.copy(model = model) } }
        }
    }

    fun plan(plan: Plan) {
        saved.keep(plan)
        mutable.update { it.copy(plan = plan) }
    }

    fun start() {
        val model = (state.value.model as? ModelState.Ready)?.model ?: return
        job?.cancel()
        mutable.update { it.copy(run = Run.Measuring("load", 0, 0), heat = emptyList()) }
        job =
            viewModelScope.launch {
                // What was stopped says no more: its last step may come from another thread after Stop.
                fun tell(run: Run) = mutable.update { if (isActive) it.copy(run = run) else it }
                try {
                    val result =
                        watchingHeat {
                            measurement.run(model.bundle, request(model.name)) {
                                tell(Run.Measuring(it.step, it.done, it.total))
                            }
                        }
                    report = measurement.write(result, container.context)
                    tell(Run.Done(result.measured()))
                } catch (error: H3aeException) {
                    tell(Run.Failed(Problem.of(error)))
                } catch (error: IOException) {
                    tell(Run.Failed(Problem.of(error)))
                }
            }
    }

    /** Stops a run, or leaves its result. */
    fun reset() {
        job?.cancel()
        mutable.update { it.copy(run = Run.Idle) }
    }

    private fun request(model: String): BenchmarkRequest {
        val plan = state.value.plan
        return BenchmarkRequest(
            label = "$model in the demo app",
            createdBy = container.createdBy(),
            repetitions = plan.clips,
            sustainedS = plan.sustainedSeconds,
            // Drawing its own progress, the app is not alone.
            isolated = false,
        )
    }

    private suspend fun <T> watchingHeat(block: suspend () -> T): T =
        coroutineScope {
            val begin = System.nanoTime()
            val watch =
                launch {
                    while (isActive) {
                        val headroom = container.thermal.headroom()
                        val at = (System.nanoTime() - begin) / 1e9
                        mutable.update { now ->
                            val heat = if (headroom == null) now.heat else now.heat + Heat(at, headroom)
                            now.copy(heat = heat, tellsHeat = headroom != null || now.heat.isNotEmpty())
                        }
                        delay(HEAT_EVERY)
                    }
                }
            try {
                block()
            } finally {
                watch.cancel()
            }
        }

    companion object {
        fun create(extras: CreationExtras) = BenchmarkViewModel(extras.container(), extras.createSavedStateHandle())
    }
}

private const val CLIPS = "plan.clips"
private const val SUSTAINED = "plan.sustained"

private fun SavedStateHandle.plan() = Plan(get<Int>(CLIPS) ?: Plan.DEFAULT_CLIPS, get<Boolean>(SUSTAINED) ?: false)

private fun SavedStateHandle.keep(plan: Plan) {
    this[CLIPS] = plan.clips
    this[SUSTAINED] = plan.sustained
}
