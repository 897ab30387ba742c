package dev.h3ae.demo.profile

import android.content.Intent
import android.util.Log
import androidx.lifecycle.ViewModel
import androidx.lifecycle.viewModelScope
import androidx.lifecycle.viewmodel.CreationExtras
import dev.h3ae.H3aeException
import dev.h3ae.bundle.Bundle
import dev.h3ae.demo.DemoContainer
import dev.h3ae.demo.benchmark.Measurement
import dev.h3ae.demo.benchmark.createdBy
import dev.h3ae.demo.container
import dev.h3ae.profile.BenchmarkProgress
import dev.h3ae.profile.ProfileOutbox
import dev.h3ae.report.Report
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext
import java.io.File
import java.io.IOException

private const val TAG = "h3ae-profile"
private const val DIED = "the app's process was ended while it measured, most likely for want of memory; start it again"

/**
 * One run for `h3ae-profile android`: progress goes to `status.json` and the log, the result to
 * `report.json`, both in `files/profile` of the app's external folder.
 */
class ProfileViewModel(
    private val container: DemoContainer,
) : ViewModel() {
    private val mutable = MutableStateFlow<ProfileUiState>(ProfileUiState.Running("load", 0, 0))
    private var job: Job? = null

    val state: StateFlow<ProfileUiState> = mutable.asStateFlow()

    /** Begins the run that an intent asks for; one that goes on is given up. */
    fun start(intent: Intent) {
        val previous = job
        job =
            viewModelScope.launch {
                previous?.cancel()
                previous?.join()
                mutable.value = profile(intent)
            }
    }

    /**
     * After the process died, with its run: tells how that ended, here and in the folder. It is not begun anew, as it
     * most likely ended for want of memory.
     */
    fun restore() {
        if (job != null) return
        job =
            viewModelScope.launch {
                mutable.value =
                    inFolder { folder ->
                        ProfileOutbox(folder.toPath()).ended(DIED)?.let(ProfileUiState::Failed) ?: ProfileUiState.Done
                    }
            }
    }

    private suspend fun profile(intent: Intent): ProfileUiState = inFolder { profile(intent, it) }

    private suspend fun inFolder(block: suspend (File) -> ProfileUiState): ProfileUiState =
        withContext(Dispatchers.IO) {
            val folder = container.context.getExternalFilesDir("profile")
            if (folder == null) {
                failed(null, "the device's shared storage is not there")
            } else {
                try {
                    block(folder)
                } catch (error: IOException) {
                    failed(null, error.message)
                }
            }
        }

    private suspend fun profile(
        intent: Intent,
        folder: File,
    ): ProfileUiState {
        val outbox = ProfileOutbox(folder.toPath())
        return try {
            outbox.begin()
            val report = measure(ProfileRequest.of(intent), outbox)
            outbox.done(report)
            Log.i(TAG, "done: ${report.framesPerSecond} frames a second")
            ProfileUiState.Done
        } catch (error: ProfileRequestException) {
            failed(outbox, error.message)
        } catch (error: H3aeException) {
            failed(outbox, error.message)
        }
    }

    private suspend fun measure(
        request: ProfileRequest,
        outbox: ProfileOutbox,
    ): Report {
        val bundle = Bundle.open(request.bundle)
        return Measurement(container).run(
            bundle,
            request.benchmark(container.createdBy()),
            request.target,
            request.precision,
        ) { progress -> tell(progress, outbox) }
    }

    private fun tell(
        progress: BenchmarkProgress,
        outbox: ProfileOutbox,
    ) {
        Log.i(TAG, "${progress.step} ${progress.done} of ${progress.total}")
        outbox.running(progress)
        mutable.value = ProfileUiState.Running(progress.step, progress.done, progress.total)
    }

    private fun failed(
        outbox: ProfileOutbox?,
        message: String?,
    ): ProfileUiState {
        val told = message ?: "no reason given"
        Log.e(TAG, told)
        outbox?.failed(told)
        return ProfileUiState.Failed(told)
    }

    companion object {
        fun create(extras: CreationExtras) = ProfileViewModel(extras.container())
    }
}
