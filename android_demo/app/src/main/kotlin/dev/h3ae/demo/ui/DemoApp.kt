package dev.h3ae.demo.ui

import androidx.annotation.DrawableRes
import androidx.annotation.StringRes
import androidx.compose.foundation.layout.BoxWithConstraints
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.Spacer
import androidx.compose.foundation.layout.WindowInsets
import androidx.compose.foundation.layout.fillMaxHeight
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.safeDrawing
import androidx.compose.material3.Icon
import androidx.compose.material3.NavigationBar
import androidx.compose.material3.NavigationBarItem
import androidx.compose.material3.NavigationRail
import androidx.compose.material3.NavigationRailItem
import androidx.compose.material3.Scaffold
import androidx.compose.material3.SnackbarHost
import androidx.compose.material3.SnackbarHostState
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.saveable.rememberSaveable
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.keepScreenOn
import androidx.compose.ui.res.painterResource
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.unit.dp
import androidx.lifecycle.compose.collectAsStateWithLifecycle
import dev.h3ae.demo.R
import dev.h3ae.demo.benchmark.BenchmarkRoute
import dev.h3ae.demo.benchmark.BenchmarkViewModel
import dev.h3ae.demo.benchmark.Run
import dev.h3ae.demo.clip.ClipRoute
import dev.h3ae.demo.clip.ClipViewModel

/** The places of the app. */
enum class Destination(
    @param:StringRes val title: Int,
    @param:DrawableRes val icon: Int,
) {
    CLIP(R.string.tab_clip, R.drawable.ic_film),
    BENCHMARK(R.string.tab_benchmark, R.drawable.ic_speed),
}

@Composable
fun DemoApp(
    clip: ClipViewModel,
    benchmark: BenchmarkViewModel,
) {
    var destination by rememberSaveable { mutableStateOf(Destination.CLIP) }
    val messages = remember { SnackbarHostState() }
    AwakeWhileMeasuring(benchmark)
    DemoFrame(destination, { destination = it }, messages) { wide, modifier ->
        when (destination) {
            Destination.CLIP -> ClipRoute(clip, wide, messages, modifier)
            Destination.BENCHMARK -> BenchmarkRoute(benchmark, wide, modifier)
        }
    }
}

/** A phone that falls asleep slows its processors, wherever in the app one looks meanwhile. */
@Composable
private fun AwakeWhileMeasuring(benchmark: BenchmarkViewModel) {
    val state by benchmark.state.collectAsStateWithLifecycle()
    if (state.run is Run.Measuring) Spacer(Modifier.keepScreenOn())
}

/** Navigation around a screen: below it or, where the window is wider than high, beside it. */
@Composable
fun DemoFrame(
    destination: Destination,
    onSelect: (Destination) -> Unit,
    messages: SnackbarHostState = remember { SnackbarHostState() },
    screen: @Composable (wide: Boolean, modifier: Modifier) -> Unit,
) {
    BoxWithConstraints {
        val wide = maxWidth > maxHeight
        Scaffold(
            bottomBar = { if (!wide) BottomBar(destination, onSelect) },
            snackbarHost = { SnackbarHost(messages) },
            contentWindowInsets = WindowInsets.safeDrawing,
        ) { padding ->
            Row(Modifier.padding(padding).fillMaxSize()) {
                if (wide) Rail(destination, onSelect)
                screen(wide, Modifier.weight(1f))
            }
        }
    }
}

@Composable
private fun BottomBar(
    selected: Destination,
    onSelect: (Destination) -> Unit,
) {
    NavigationBar {
        Destination.entries.forEach { one ->
            NavigationBarItem(
                selected = one == selected,
                onClick = { onSelect(one) },
                icon = { Icon(painterResource(one.icon), contentDescription = null) },
                label = { Text(stringResource(one.title)) },
            )
        }
    }
}

@Composable
private fun Rail(
    selected: Destination,
    onSelect: (Destination) -> Unit,
) {
    NavigationRail(Modifier.fillMaxHeight(), windowInsets = WindowInsets(top = 8.dp)) {
        Destination.entries.forEach { one ->
            NavigationRailItem(
                selected = one == selected,
                onClick = { onSelect(one) },
                icon = { Icon(painterResource(one.icon), contentDescription = null) },
                label = { Text(stringResource(one.title)) },
            )
        }
    }
}
