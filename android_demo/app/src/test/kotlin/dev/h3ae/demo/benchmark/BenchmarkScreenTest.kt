package dev.h3ae.demo.benchmark

import android.content.Intent
import android.view.View
import android.view.ViewGroup
import androidx.compose.ui.semantics.SemanticsActions
import androidx.compose.ui.test.assertIsDisplayed
import androidx.compose.ui.test.assertIsOn
import androidx.compose.ui.test.onNodeWithContentDescription
import androidx.compose.ui.test.onNodeWithText
import androidx.compose.ui.test.performClick
import androidx.compose.ui.test.performScrollTo
import androidx.compose.ui.test.performSemanticsAction
import androidx.core.view.children
import androidx.lifecycle.SavedStateHandle
import dev.h3ae.demo.DemoApplication
import dev.h3ae.demo.ModelState
import dev.h3ae.demo.Problem
import dev.h3ae.demo.ScreenTest
import dev.h3ae.demo.ui.Destination
import dev.h3ae.report.ReportFormat
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.launch
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import java.io.File

/** The benchmark's screen: a real run of five clips, and its states as pictures. */
class BenchmarkScreenTest : ScreenTest() {
    private val container get() = (RuntimeEnvironment.getApplication() as DemoApplication).container

    @Test
    fun `five clips are measured and the report can be shared`() {
        await("Choose a clip")
        rule.onNodeWithText("Benchmark").performClick()
        rule.onNodeWithContentDescription("Clips").performSemanticsAction(SemanticsActions.SetProgress) { it(5f) }
        rule.onNodeWithText("Start").performScrollTo().performClick()
        // A screen that goes dark slows the processors.
        val window = rule.activity.window
        rule.waitUntil(120_000) { window.decorView.keepsScreenOn() }
        await("Result")
        rule.waitUntil(120_000) { !window.decorView.keepsScreenOn() }
        rule.onNodeWithText("executorch, xnnpack, fp32").assertIsDisplayed()
        rule.onNodeWithText("passed,", substring = true).performScrollTo().assertIsDisplayed()
        rule.onNodeWithText("Share report").performScrollTo().performClick()
        val chooser = shadowOf(RuntimeEnvironment.getApplication()).nextStartedActivity
        assertEquals(Intent.ACTION_CHOOSER, chooser.action)
        rule.onNodeWithText("Run again").performScrollTo().performClick()
        rule.onNodeWithText("Start").assertExists()
    }

    @Test
    fun `a plan outlives the process and a run can be stopped`() {
        val saved = SavedStateHandle()
        BenchmarkViewModel(container, saved).plan(Plan(clips = 42, sustained = true))
        val model = BenchmarkViewModel(container, saved)
        assertEquals(Plan(42, true), model.state.value.plan)
        until { model.state.value.model is ModelState.Ready }
        model.start()
        until { (model.state.value.run as? Run.Measuring)?.step == "clips" }
        model.reset()
        // Until it has given the decoder back, it might still speak.
        val ended = CoroutineScope(Dispatchers.Default).launch { container.decoders.without {} }
        until { ended.isCompleted }
        assertEquals(Run.Idle, model.state.value.run)
    }

    @Test
    fun `a report that cannot be written is told`() {
        val shared = File(RuntimeEnvironment.getApplication().cacheDir, "shared")
        shared.writeText("in the way")
        val model = BenchmarkViewModel(container, SavedStateHandle(mapOf("plan.clips" to 5)))
        until { model.state.value.model is ModelState.Ready }
        model.start()
        until { model.state.value.run is Run.Failed }
        assertEquals("app.storage", (model.state.value.run as Run.Failed).problem.code)
        shared.delete()
    }

    @Test
    fun `the report is one that Python reads`() {
        val model = BenchmarkViewModel(container, SavedStateHandle(mapOf("plan.clips" to 5)))
        until { model.state.value.model is ModelState.Ready }
        model.start()
        until { model.state.value.run is Run.Done }
        val report = ReportFormat.read(checkNotNull(model.report).toPath())
        assertEquals(5, report.clip.samplesS.size)
        assertEquals(false, report.protocol.isolated)
        assertTrue(checkNotNull(report.output).passed)
    }

    @Test
    fun `plan, run, result and failure`() {
        await("Choose a clip")
        val ready = ModelState.Ready((container.model.value as ModelState.Ready).model)
        val heat = List(12) { Heat(it * 15.0, 0.35f + 0.6f * it / 12 + (if (it % 3 == 0) 0.03f else 0f)) }
        val state = BenchmarkUiState(ready, Plan(20, true), heat = heat, tellsHeat = true)

        show(state)
        rule.onNodeWithText("Sustained run").assertIsOn()
        picture("benchmark-plan")
        show(state.copy(run = Run.Measuring("clips", 7, 20)))
        picture("benchmark-running")
        device("+night")
        show(state.copy(run = Run.Measuring("clips", 7, 20)))
        picture("benchmark-running-dark")
        device("+land-notnight")
        show(state.copy(run = Run.Measuring("clips", 7, 20)))
        picture("benchmark-running-landscape")
        device("+port")
        show(state.copy(run = Run.Done(MEASURED)))
        picture("benchmark-result")
        show(state.copy(run = Run.Failed(Problem("decode.no_backend", "h3ae-demo cannot be run here"))))
        picture("benchmark-failed")
        device("+night")
        show(state.copy(run = Run.Done(MEASURED)))
        picture("benchmark-result-dark")
        device("+land-notnight")
        show(state.copy(run = Run.Done(MEASURED), heat = emptyList(), tellsHeat = false))
        picture("benchmark-result-landscape")
        device("+ar-ldrtl-port", fontScale = 1.5f)
        show(state.copy(run = Run.Done(MEASURED)))
        picture("benchmark-result-rtl-large")
        device("+de-ldltr")
        show(state)
        picture("benchmark-plan-german")
    }

    private fun View.keepsScreenOn(): Boolean =
        keepScreenOn || (this as? ViewGroup)?.children.orEmpty().any { it.keepsScreenOn() }

    private fun show(state: BenchmarkUiState) {
        val actions = BenchmarkActions({}, {}, {}, {}, {})
        show(Destination.BENCHMARK) { wide, modifier -> BenchmarkScreen(state, actions, wide, modifier) }
    }

    private companion object {
        // For pictures alone: a run's times differ from run to run.
        val MEASURED =
            Measured("executorch, xnnpack, fp32", 0.0812, 0.1934, 0.6123, 0.6401, 27.8, 187_000_000, 24.1, true, 130.1)
    }
}
