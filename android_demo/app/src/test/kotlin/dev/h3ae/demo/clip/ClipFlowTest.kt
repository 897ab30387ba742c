package dev.h3ae.demo.clip

import android.graphics.Bitmap
import android.net.Uri
import androidx.compose.ui.semantics.SemanticsActions
import androidx.compose.ui.test.assertIsDisplayed
import androidx.compose.ui.test.hasContentDescription
import androidx.compose.ui.test.onAllNodesWithText
import androidx.compose.ui.test.onNodeWithContentDescription
import androidx.compose.ui.test.onNodeWithText
import androidx.compose.ui.test.performClick
import androidx.compose.ui.test.performScrollTo
import androidx.compose.ui.test.performSemanticsAction
import androidx.lifecycle.SavedStateHandle
import dev.h3ae.demo.DemoApplication
import dev.h3ae.demo.ModelState
import dev.h3ae.demo.ScreenTest
import dev.h3ae.demo.TestApplication
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import java.io.ByteArrayInputStream
import java.io.ByteArrayOutputStream
import java.io.FileNotFoundException

/** The clip's screen from the first touch to the decoded clip, with the real decoder behind it. */
class ClipFlowTest : ScreenTest() {
    private val application get() = RuntimeEnvironment.getApplication() as DemoApplication

    @Test
    fun `the bundled clip is decoded, compared and played`() {
        await("Choose a clip")
        picture("clip-choose")
        rule.onNodeWithText("Bundled latents").performClick()
        await("Decoded here")
        rule.onNodeWithText("Reference").assertIsDisplayed()
        rule.onNodeWithContentDescription("Frame 1 of 17: original beside decoded").assertIsDisplayed()

        val divider = rule.onNodeWithContentDescription("Divider between original and decoded frame")
        divider.performScrollTo().performSemanticsAction(SemanticsActions.SetProgress) { it(0.25f) }
        rule.onNode(hasContentDescription("Divider between original and decoded frame")).assertExists()

        rule
            .onNodeWithContentDescription(
                "Frame",
            ).performScrollTo()
            .performSemanticsAction(SemanticsActions.SetProgress) {
                it(8f)
            }
        rule.onNodeWithContentDescription("Frame 9 of 17: original beside decoded").assertExists()
        rule.mainClock.autoAdvance = false
        rule.onNodeWithContentDescription("Play").performClick()
        rule.mainClock.advanceTimeBy(200)
        rule.onNodeWithContentDescription("Pause").assertExists()
        assertTrue(rule.onAllNodesWithText("9/17").fetchSemanticsNodes().isEmpty())
        rule.mainClock.autoAdvance = true
        rule.onNodeWithContentDescription("Pause").performClick()

        rule.onNodeWithText("Another clip").performScrollTo().performClick()
        await("Choose a clip")
    }

    @Test
    fun `a rotated device keeps the decoded clip`() {
        await("Choose a clip")
        rule.onNodeWithText("Bundled latents").performClick()
        await("Decoded here")
        device("+land")
        rule.onNodeWithText("Decoded here").assertIsDisplayed()
        rule.onNodeWithText("Benchmark").assertIsDisplayed()
    }

    @Test
    fun `a photo is encoded and decoded`() {
        val uri = Uri.parse("content://photos/1")
        shadowOf(application.contentResolver).registerInputStreamSupplier(uri) { ByteArrayInputStream(photo()) }
        val model = ClipViewModel(application.container, SavedStateHandle())
        val clip = model.decoded(Source.Photo(uri.toString()))
        assertEquals(17, clip.decoded.size)
        assertEquals(17, clip.originals.size)
        assertTrue("an 8x32x32 demo model keeps a plain gradient: ${clip.figures}", clip.figures.worstPsnrDb!! > 20)
        assertTrue(clip.figures.encodeSeconds!! > 0)
    }

    @Test
    fun `a photo that is gone is an error with a way out`() {
        shadowOf(application.contentResolver).registerInputStreamSupplier(GONE) { throw FileNotFoundException("gone") }
        await("Choose a clip")
        // As after the death of the process: the choice is in the saved state, and the file is no more.
        val saved = SavedStateHandle(mapOf("source.kind" to "photo", "source.uri" to GONE.toString()))
        val model = ClipViewModel(application.container, saved)
        until { model.state.value.phase is Phase.Failed }
        val phase = model.state.value.phase as Phase.Failed
        assertEquals("media.gone", phase.problem.code)
        show { wide, modifier -> ClipScreen(model.state.value, noActions, wide, modifier) }
        rule.onNodeWithText("Choose it again.", substring = true).assertIsDisplayed()
        picture("clip-error")
        model.cancel()
        assertEquals(Phase.Choosing, model.state.value.phase)
    }

    @Test
    fun `too little memory is told before anything is loaded`() {
        (application as TestApplication).memory(free = 100L shl 20)
        await("Choose a clip")
        rule.onNodeWithText("Bundled latents").performClick()
        await("Not enough memory is free for this model. Close other apps and try again.")
        picture("clip-memory")
        (application as TestApplication).memory(free = 4L shl 30)
        rule.onNodeWithText("Try again").performClick()
        await("Decoded here")
    }

    @Test
    fun `what was chosen is decoded again after the death of the process`() {
        val saved = SavedStateHandle()
        val before = ClipViewModel(application.container, saved)
        before.decoded(Source.Bundled)
        val copy = SavedStateHandle(saved.keys().associateWith { saved.get<Any>(it) })
        val after = ClipViewModel(application.container, copy)
        val state = after.await { it.phase is Phase.Done }
        assertEquals(17, (state.phase as Phase.Done).clip.decoded.size)
    }

    @Test
    fun `cancelling goes back to choosing and frees the decoder for the next clip`() {
        val model = ClipViewModel(application.container, SavedStateHandle())
        model.await { it.model is ModelState.Ready }
        model.decode(Source.Bundled)
        model.await { it.phase is Phase.Working }
        model.cancel()
        assertEquals(Phase.Choosing, model.state.value.phase)
        assertEquals(17, model.decoded(Source.Bundled).decoded.size)
    }

    private fun photo(): ByteArray {
        val picture = Bitmap.createBitmap(400, 300, Bitmap.Config.ARGB_8888)
        for (y in 0 until 300) {
            for (x in 0 until 400) {
                picture.setPixel(
                    x,
                    y,
                    -0x1000000 or (x * 255 / 400 shl 16) or (y * 255 / 300 shl 8) or 0x60,
                )
            }
        }
        return ByteArrayOutputStream().also { picture.compress(Bitmap.CompressFormat.PNG, 100, it) }.toByteArray()
    }

    private companion object {
        val GONE: Uri = Uri.parse("content://photos/gone")
    }
}
