package dev.h3ae.demo.benchmark

import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.LocalContext
import androidx.lifecycle.compose.collectAsStateWithLifecycle
import dev.h3ae.demo.R
import dev.h3ae.demo.shareFile

/** Connects the benchmark's screen to its view model and to sharing. */
@Composable
fun BenchmarkRoute(
    model: BenchmarkViewModel,
    wide: Boolean,
    modifier: Modifier = Modifier,
) {
    val state by model.state.collectAsStateWithLifecycle()
    val context = LocalContext.current
    val actions =
        BenchmarkActions(
            onPlan = model::plan,
            onStart = model::start,
            onStop = model::reset,
            onReset = model::reset,
            onShare = { model.report?.let { context.shareFile(it, "application/json", R.string.bench_share) } },
        )
    BenchmarkScreen(state, actions, wide, modifier)
}
