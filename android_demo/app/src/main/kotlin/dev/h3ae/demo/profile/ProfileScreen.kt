package dev.h3ae.demo.profile

import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.WindowInsets
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.safeDrawing
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Scaffold
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import dev.h3ae.demo.R
import dev.h3ae.demo.benchmark.stepTitle
import dev.h3ae.demo.ui.Heading
import dev.h3ae.demo.ui.Notice
import dev.h3ae.demo.ui.Page
import dev.h3ae.demo.ui.StepProgress

/** What a device shows while a computer has it measured. */
sealed interface ProfileUiState {
    data class Running(
        val step: String,
        val done: Int,
        val total: Int,
    ) : ProfileUiState

    data object Done : ProfileUiState

    data class Failed(
        val message: String,
    ) : ProfileUiState
}

@Composable
fun ProfileScreen(state: ProfileUiState) {
    Scaffold(contentWindowInsets = WindowInsets.safeDrawing) { padding ->
        Column(Modifier.padding(padding).fillMaxSize()) {
            when (state) {
                is ProfileUiState.Running -> {
                    Running(state)
                }

                is ProfileUiState.Done -> {
                    Told(R.string.profile_done)
                }

                is ProfileUiState.Failed -> {
                    Notice(
                        R.drawable.ic_error,
                        stringResource(R.string.profile_failed),
                        state.message,
                    )
                }
            }
        }
    }
}

@Composable
private fun Running(state: ProfileUiState.Running) {
    Page {
        Heading(stringResource(R.string.profile_title))
        Text(stringResource(R.string.profile_running), color = MaterialTheme.colorScheme.onSurfaceVariant)
        val detail = if (state.total > 0) stringResource(R.string.bench_progress, state.done, state.total) else ""
        StepProgress(stringResource(stepTitle(state.step)), detail, state.done, state.total)
    }
}

@Composable
private fun Told(text: Int) {
    Notice(R.drawable.ic_speed, stringResource(R.string.profile_title), stringResource(text))
}
