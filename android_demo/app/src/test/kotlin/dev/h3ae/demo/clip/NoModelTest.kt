package dev.h3ae.demo.clip

import androidx.compose.ui.test.assertIsDisplayed
import androidx.compose.ui.test.onNodeWithText
import androidx.compose.ui.test.performClick
import dev.h3ae.demo.DemoApplication
import dev.h3ae.demo.DemoContainer
import dev.h3ae.demo.ModelState
import dev.h3ae.demo.ScreenTest
import dev.h3ae.demo.TestApplication
import org.junit.Assert.assertEquals
import org.junit.Test
import org.robolectric.RuntimeEnvironment
import java.io.File
import java.io.IOException
import java.nio.file.Files

/** The app without a model, and with one that is damaged. */
class NoModelTest : ScreenTest() {
    private val container get() = (RuntimeEnvironment.getApplication() as DemoApplication).container

    @Test
    fun `an app without a model says so, on both screens`() {
        TestApplication.bundle = null
        container.reopen()
        await("No model in this app")
        picture("clip-no-model")
        device("+night")
        picture("clip-no-model-dark")
        device("+land-notnight")
        picture("clip-no-model-landscape")
        device("+port")
        rule.onNodeWithText("Benchmark").performClick()
        rule.onNodeWithText("No model in this app").assertIsDisplayed()
        picture("benchmark-no-model")
    }

    @Test
    fun `a disk that is full is told, not the end of the app`() {
        val full = DemoContainer(RuntimeEnvironment.getApplication()) { throw IOException("no space left on device") }
        until { full.model.value is ModelState.Broken }
        assertEquals("app.storage", (full.model.value as ModelState.Broken).problem.code)
    }

    @Test
    fun `a damaged model is told and can be tried again`() {
        val damaged = Files.createTempDirectory("damaged").resolve("h3ae-demo.h3ae").toFile()
        TestApplication.exported.toFile().copyRecursively(damaged)
        File(damaged, "golden/latents.safetensors").appendBytes(byteArrayOf(0))
        TestApplication.bundle = damaged.toPath()
        container.reopen()
        await("That did not work")
        val broken = container.model.value as ModelState.Broken
        assertEquals("golden.size", broken.problem.code)
        picture("clip-damaged-model")
        TestApplication.bundle = TestApplication.exported
        rule.onNodeWithText("Try again").performClick()
        await("Choose a clip")
        damaged.parentFile?.deleteRecursively()
    }
}
