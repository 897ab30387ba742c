package dev.h3ae.demo

import android.os.Looper
import androidx.activity.compose.setContent
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.test.junit4.v2.createAndroidComposeRule
import androidx.compose.ui.test.onAllNodesWithText
import androidx.test.ext.junit.runners.AndroidJUnit4
import com.github.takahirom.roborazzi.ExperimentalRoborazziApi
import com.github.takahirom.roborazzi.RoborazziOptions
import com.github.takahirom.roborazzi.captureScreenRoboImage
import dev.h3ae.demo.ui.DemoFrame
import dev.h3ae.demo.ui.DemoTheme
import dev.h3ae.demo.ui.Destination
import org.junit.After
import org.junit.Rule
import org.junit.runner.RunWith
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode

/** A phone of 360 x 760 dp with real drawing, and pictures that a run compares with those in the repository. */
@RunWith(AndroidJUnit4::class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(sdk = [35], application = TestApplication::class, qualifiers = "w360dp-h760dp-hdpi")
abstract class ScreenTest {
    @get:Rule
    val rule = createAndroidComposeRule<MainActivity>()

    @After
    fun restoreBundle() {
        TestApplication.bundle = TestApplication.exported
    }

    /** Shows a screen in the app's frame, in place of what the activity shows. */
    fun show(
        destination: Destination = Destination.CLIP,
        screen: @Composable (wide: Boolean, modifier: Modifier) -> Unit,
    ) {
        rule.activity.setContent { DemoTheme { DemoFrame(destination, {}, screen = screen) } }
        rule.waitForIdle()
    }

    /** Turns, darkens, translates or enlarges the device; the activity is made anew, as on a phone. */
    fun device(
        qualifiers: String = "",
        fontScale: Float = 1f,
    ) {
        if (qualifiers.isNotEmpty()) RuntimeEnvironment.setQualifiers(qualifiers)
        RuntimeEnvironment.setFontScale(fontScale)
        rule.activityRule.scenario.recreate()
        rule.waitForIdle()
    }

    /** Compares the screen with its picture, or records it. */
    @OptIn(ExperimentalRoborazziApi::class)
    fun picture(name: String) {
        rule.waitForIdle()
        captureScreenRoboImage("${System.getProperty("h3ae.pictures")}/$name.png", OPTIONS)
    }

    /** Waits for work on other threads until [text] is on the screen. */
    fun await(
        text: String,
        seconds: Int = 120,
    ) {
        rule.waitUntil(seconds * 1000L) { rule.onAllNodesWithText(text).fetchSemanticsNodes().isNotEmpty() }
    }

    /** Waits for a view model, whose coroutines run on this thread's looper. */
    fun until(fits: () -> Boolean) {
        val end = System.nanoTime() + 120_000_000_000
        while (!fits()) {
            check(System.nanoTime() < end) { "nothing happened for two minutes" }
            shadowOf(Looper.getMainLooper()).idle()
            Thread.sleep(5)
        }
        rule.waitForIdle()
    }

    private companion object {
        // Kernels differ in the last bit from processor to processor, which may move a pixel by a level: the comparison
        // forgives that, and 60 pixels of 600,000. A digit that changes, changes more.
        // Lazy: Roborazzi asks Robolectric, which is not there while classes are looked for.
        val OPTIONS by lazy {
            val compare = RoborazziOptions.CompareOptions(changeThreshold = 0.0001f)
            RoborazziOptions(compareOptions = compare)
        }
    }
}
