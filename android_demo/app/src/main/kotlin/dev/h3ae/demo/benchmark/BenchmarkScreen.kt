package dev.h3ae.demo.benchmark

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.ExperimentalLayoutApi
import androidx.compose.foundation.layout.FlowRow
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxHeight
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.padding
import androidx.compose.material3.Button
import androidx.compose.material3.Card
import androidx.compose.material3.Icon
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedButton
import androidx.compose.material3.Slider
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.painterResource
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import dev.h3ae.demo.ModelState
import dev.h3ae.demo.R
import dev.h3ae.demo.ui.Figure
import dev.h3ae.demo.ui.Heading
import dev.h3ae.demo.ui.Notice
import dev.h3ae.demo.ui.Page
import dev.h3ae.demo.ui.ProblemNotice
import dev.h3ae.demo.ui.StepProgress
import dev.h3ae.demo.ui.Toggle
import dev.h3ae.demo.ui.Waiting
import dev.h3ae.demo.ui.rounded
import kotlin.math.roundToInt

/** What a person can do on the benchmark's screen. */
class BenchmarkActions(
    val onPlan: (Plan) -> Unit,
    val onStart: () -> Unit,
    val onStop: () -> Unit,
    val onReset: () -> Unit,
    val onShare: () -> Unit,
)

@Composable
fun BenchmarkScreen(
    state: BenchmarkUiState,
    actions: BenchmarkActions,
    wide: Boolean,
    modifier: Modifier = Modifier,
) {
    when (val model = state.model) {
        is ModelState.Loading, is ModelState.Installing -> {
            Waiting(stringResource(R.string.model_loading), modifier)
        }

        is ModelState.Missing -> {
            Notice(
                R.drawable.ic_speed,
                stringResource(R.string.model_none),
                stringResource(R.string.model_none_hint),
                modifier,
            )
        }

        is ModelState.Broken -> {
            ProblemNotice(model.problem, modifier)
        }

        is ModelState.Ready -> {
            when (val run = state.run) {
                is Run.Idle -> Planner(state.plan, actions, modifier)
                is Run.Measuring -> Measuring(run, state, actions, modifier)
                is Run.Done -> Report(run.result, state, actions, wide, modifier)
                is Run.Failed -> ProblemNotice(run.problem, modifier, actions.onStart, actions.onReset)
            }
        }
    }
}

@Composable
private fun Planner(
    plan: Plan,
    actions: BenchmarkActions,
    modifier: Modifier,
) {
    Page(modifier) {
        Heading(stringResource(R.string.bench_title))
        Text(stringResource(R.string.bench_hint), color = MaterialTheme.colorScheme.onSurfaceVariant)
        Column {
            val name = stringResource(R.string.bench_clips)
            Figure(name, stringResource(R.string.bench_clips_value, plan.clips))
            Slider(
                value = plan.clips.toFloat(),
                onValueChange = { actions.onPlan(plan.copy(clips = it.roundToInt())) },
                valueRange = Plan.LEAST_CLIPS.toFloat()..Plan.MOST_CLIPS.toFloat(),
                modifier = Modifier.fillMaxWidth().semantics { contentDescription = name },
            )
        }
        Toggle(
            stringResource(R.string.bench_sustained),
            stringResource(R.string.bench_sustained_hint),
            plan.sustained,
        ) { actions.onPlan(plan.copy(sustained = it)) }
        Button(actions.onStart, Modifier.heightIn(min = 48.dp)) { Text(stringResource(R.string.bench_start)) }
    }
}

@Composable
private fun Measuring(
    run: Run.Measuring,
    state: BenchmarkUiState,
    actions: BenchmarkActions,
    modifier: Modifier,
) {
    Page(modifier) {
        Heading(stringResource(R.string.bench_title))
        StepProgress(
            stringResource(stepTitle(run.step)),
            if (run.total > 0) stringResource(R.string.bench_progress, run.done, run.total) else "",
            run.done,
            run.total,
        )
        HeatCard(state)
        OutlinedButton(actions.onStop) { Text(stringResource(R.string.bench_stop)) }
    }
}

@Composable
private fun Report(
    result: Measured,
    state: BenchmarkUiState,
    actions: BenchmarkActions,
    wide: Boolean,
    modifier: Modifier,
) {
    if (wide) {
        Row(modifier) {
            Page(Modifier.weight(1f).fillMaxHeight()) { FigureCard(result) }
            Page(Modifier.weight(1f).fillMaxHeight()) {
                HeatCard(state)
                ReportActions(actions)
            }
        }
    } else {
        Page(modifier) {
            FigureCard(result)
            HeatCard(state)
            ReportActions(actions)
        }
    }
}

@OptIn(ExperimentalLayoutApi::class)
@Composable
private fun ReportActions(actions: BenchmarkActions) {
    FlowRow(horizontalArrangement = Arrangement.spacedBy(12.dp), verticalArrangement = Arrangement.spacedBy(4.dp)) {
        Button(actions.onShare) {
            Icon(painterResource(R.drawable.ic_share), contentDescription = null)
            Text(stringResource(R.string.bench_share), Modifier.padding(start = 8.dp))
        }
        OutlinedButton(actions.onReset) { Text(stringResource(R.string.bench_again)) }
    }
}

@Composable
private fun FigureCard(result: Measured) {
    Heading(stringResource(R.string.bench_result))
    Card(Modifier.fillMaxWidth()) {
        Column(Modifier.padding(16.dp), verticalArrangement = Arrangement.spacedBy(8.dp)) {
            Figure(stringResource(R.string.figure_engine), result.engine)
            result.loadSeconds?.let { Figure(stringResource(R.string.bench_load), milliseconds(it)) }
            result.firstFrameSeconds?.let { Figure(stringResource(R.string.bench_first_frame), milliseconds(it)) }
            Figure(stringResource(R.string.bench_clip_median), milliseconds(result.clipMedianSeconds))
            Figure(stringResource(R.string.bench_clip_p90), milliseconds(result.clipP90Seconds))
            Figure(stringResource(R.string.bench_rate), rate(result.framesPerSecond))
            result.slowestFramesPerSecond?.let { Figure(stringResource(R.string.bench_sustained_rate), rate(it)) }
            result.memoryBytes?.let {
                val megabytes = (it / BYTES_PER_MB).rounded(0)
                Figure(stringResource(R.string.bench_memory), stringResource(R.string.unit_mb, megabytes))
            }
            Output(result)
        }
    }
}

@Composable
private fun Output(result: Measured) {
    val passed = result.outputPassed ?: return
    val psnr = result.outputPsnrDb ?: return
    val told = if (passed) R.string.bench_output_passed else R.string.bench_output_failed
    Figure(stringResource(R.string.bench_output), stringResource(told, psnr.rounded(1)))
}

@Composable
private fun HeatCard(state: BenchmarkUiState) {
    Card(Modifier.fillMaxWidth()) {
        Column(Modifier.padding(16.dp), verticalArrangement = Arrangement.spacedBy(12.dp)) {
            Text(stringResource(R.string.bench_headroom), style = MaterialTheme.typography.titleMedium)
            if (state.tellsHeat == false) {
                Text(stringResource(R.string.bench_headroom_none), style = MaterialTheme.typography.bodyMedium)
            } else {
                HeatChart(state.heat)
            }
        }
    }
}

@Composable
private fun milliseconds(seconds: Double) = stringResource(R.string.unit_ms, (seconds * 1000).rounded(1))

@Composable
private fun rate(framesPerSecond: Double) = stringResource(R.string.unit_fps, framesPerSecond.rounded(1))

internal fun stepTitle(step: String): Int =
    when (step) {
        "output" -> R.string.bench_step_check
        "load", "warm loads" -> R.string.bench_step_load
        "warm-up" -> R.string.bench_step_warmup
        "sustained" -> R.string.bench_step_sustained
        else -> R.string.bench_step_clips
    }

private const val BYTES_PER_MB = 1e6
