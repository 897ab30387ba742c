package dev.h3ae.demo.profile

import android.content.Intent
import android.os.Bundle
import android.os.Looper
import androidx.activity.compose.setContent
import androidx.test.core.app.ActivityScenario
import androidx.test.ext.junit.runners.AndroidJUnit4
import com.github.takahirom.roborazzi.ExperimentalRoborazziApi
import com.github.takahirom.roborazzi.captureScreenRoboImage
import dev.h3ae.demo.ProfileActivity
import dev.h3ae.demo.TestApplication
import dev.h3ae.demo.ui.DemoTheme
import dev.h3ae.profile.ProfileOutbox
import dev.h3ae.report.ReportFormat
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode
import java.io.File

/** What `h3ae-profile android` starts, follows and collects, with the real decoder. */
@RunWith(AndroidJUnit4::class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(application = TestApplication::class, qualifiers = "w360dp-h760dp-hdpi")
class ProfileActivityTest {
    private val outbox get() = checkNotNull(RuntimeEnvironment.getApplication().getExternalFilesDir("profile"))

    @Test
    fun `a run leaves a report that the gate can read, and says that it is done`() {
        val extras =
            mapOf(
                "bundle" to TestApplication.exported.toString(),
                "repetitions" to "3",
                "warmup" to "1",
                "sustained_s" to "0.5",
                "target" to "executorch",
                "precision" to "fp32",
            )
        profile(extras) { status ->
            assertEquals("done", status.text("state"))
            val report = ReportFormat.read(File(outbox, "report.json").toPath())
            assertEquals("h3ae-demo", report.subject.model)
            assertEquals("executorch", report.subject.target)
            assertEquals(3, report.clip.samplesS.size)
            assertTrue(checkNotNull(report.output).passed)
            assertTrue(checkNotNull(report.sustained).frames >= 17)
            assertTrue(checkNotNull(report.memory).peakBytes > 0)
            System.getProperty("h3ae.report")?.let { File(outbox, "report.json").copyTo(File(it), overwrite = true) }
        }
    }

    @Test
    fun `an intent without a bundle fails with a reason`() {
        profile(mapOf("repetitions" to "3")) { status ->
            assertEquals("failed", status.text("state"))
            assertTrue(status.text("message").contains("'bundle' is missing"))
            assertFalse(File(outbox, "report.json").exists())
        }
    }

    @Test
    fun `a count that is none fails with a reason`() {
        profile(mapOf("bundle" to TestApplication.exported.toString(), "repetitions" to "many")) { status ->
            assertEquals("failed", status.text("state"))
            assertTrue(status.text("message").contains("'repetitions' is 'many'"))
        }
    }

    @Test
    fun `a bundle that is not there fails with its code's sentence`() {
        profile(mapOf("bundle" to "/data/local/tmp/h3ae-profile/none.h3ae")) { status ->
            assertEquals("failed", status.text("state"))
            assertTrue(status.text("message").contains("there is no bundle at"))
        }
    }

    @Test
    fun `a run whose process died is told as failed, not as one that goes on`() {
        ProfileOutbox(outbox.toPath()).begin()
        // Made anew with a saved state, and without the view model that measured.
        val activity = Robolectric.buildActivity(ProfileActivity::class.java, intent(emptyMap()))
        activity.create(Bundle()).start().resume()
        awaitEnd()
        assertEquals("failed", status()?.text("state"))
        assertTrue(checkNotNull(status()).text("message").contains("process was ended"))
        activity.pause().stop().destroy()
    }

    @OptIn(ExperimentalRoborazziApi::class)
    @Test
    fun pictures() {
        ActivityScenario.launch<ProfileActivity>(intent(emptyMap())).use { scenario ->
            fun picture(
                name: String,
                state: ProfileUiState,
            ) {
                scenario.onActivity { it.setContent { DemoTheme { ProfileScreen(state) } } }
                shadowOf(Looper.getMainLooper()).idle()
                captureScreenRoboImage("${System.getProperty("h3ae.pictures")}/$name.png")
            }
            val failed = ProfileUiState.Failed("golden/frames.safetensors is not the file that was exported")
            picture("profile-running", ProfileUiState.Running("clips", 7, 20))
            picture("profile-done", ProfileUiState.Done)
            picture("profile-failed", failed)
            RuntimeEnvironment.setQualifiers("+night")
            scenario.recreate()
            picture("profile-running-dark", ProfileUiState.Running("clips", 7, 20))
            picture("profile-failed-dark", failed)
        }
    }

    private fun profile(
        extras: Map<String, String>,
        check: (JsonObject) -> Unit,
    ) {
        ActivityScenario.launch<ProfileActivity>(intent(extras)).use {
            awaitEnd()
            check(checkNotNull(status()))
        }
    }

    /** Until the folder tells of an end. */
    private fun awaitEnd() {
        val until = System.nanoTime() + 120_000_000_000
        while (status()?.text("state") in setOf(null, "running")) {
            check(System.nanoTime() < until) { "still ${status()}" }
            shadowOf(Looper.getMainLooper()).idle()
            Thread.sleep(20)
        }
    }

    private fun intent(extras: Map<String, String>) =
        Intent(RuntimeEnvironment.getApplication(), ProfileActivity::class.java).apply {
            extras.forEach { (name, value) -> putExtra(name, value) }
        }

    private fun status(): JsonObject? =
        File(outbox, "status.json").takeIf { it.exists() }?.let { Json.parseToJsonElement(it.readText()).jsonObject }

    private fun JsonObject.text(name: String) = getValue(name).jsonPrimitive.content
}
