package dev.h3ae.demo.clip

import android.graphics.Bitmap
import android.net.Uri
import androidx.compose.ui.semantics.SemanticsActions
import androidx.compose.ui.test.assertIsDisplayed
import androidx.compose.ui.test.assertIsOn
import androidx.compose.ui.test.hasContentDescription
import androidx.compose.ui.test.onAllNodesWithText
import androidx.compose.ui.test.onNodeWithContentDescription
import androidx.compose.ui.test.onNodeWithText
import androidx.compose.ui.test.performClick
import androidx.compose.ui.test.performScrollTo
import androidx.compose.ui.test.performSemanticsAction
import androidx.lifecycle.SavedStateHandle
import dev.h3ae.android.media.Pixels
import dev.h3ae.android.media.Size
import dev.h3ae.bundle.GoldenVectors
import dev.h3ae.demo.DemoApplication
import dev.h3ae.demo.ModelState
import dev.h3ae.demo.ScreenTest
import dev.h3ae.demo.TestApplication
import kotlinx.coroutines.runBlocking
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
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
    fun `a photo is encoded and decoded, and with the first frame given comes nearer to itself`() {
        await("Choose a clip")
        val switch = rule.onNodeWithText("Give the first frame").performScrollTo()
        switch.performClick().assertIsOn()

        val saved = SavedStateHandle()
        val model = ClipViewModel(application.container, saved)
        val plain = model.decoded(photoInGallery())
        assertEquals(17, plain.decoded.size)
        assertEquals(17, plain.originals.size)
        assertTrue(plain.figures.encodeSeconds!! > 0)
        model.cancel()
        model.giveFirstFrame(true)
        val given = model.decoded(photoInGallery())
        assertTrue(ClipViewModel(application.container, saved).state.value.firstFrame)
        val (without, with) = listOf(plain, given).map { checkNotNull(it.figures.worstPsnrDb) }
        println("worst frame of a photo: $without dB, with the first frame given $with dB")
        assertTrue(with > without + 1)

        val figures = placeholders.copy(encodeSeconds = 0.3456, worstPsnrDb = given.figures.worstPsnrDb)
        val shown = DecodedClip(given.originals, given.decoded, given.isReference, given.fps, figures)
        val state = model.state.value.copy(phase = Phase.Done(shown))
        show { wide, modifier -> ClipScreen(state, noActions, wide, modifier) }
        picture("clip-photo")
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

    /** The first frame of the bundle's own clip, as a photo. */
    private fun photoInGallery(): Source {
        val model = (application.container.model.value as ModelState.Ready).model
        val image = checkNotNull(runBlocking { GoldenVectors.load(model.bundle) }.image)
        val bytes = ByteArrayOutputStream()
        Pixels(Size(model.width, model.height)).bitmap(image.floats).compress(Bitmap.CompressFormat.PNG, 100, bytes)
        shadowOf(application.contentResolver).registerInputStreamSupplier(PHOTO) { bytes.toByteArray().inputStream() }
        return Source.Photo(PHOTO.toString())
    }

    private companion object {
        val PHOTO: Uri = Uri.parse("content://photos/1")
        val GONE: Uri = Uri.parse("content://photos/gone")
    }
}
