package dev.h3ae.demo.clip

import androidx.lifecycle.SavedStateHandle
import dev.h3ae.demo.DemoApplication
import dev.h3ae.demo.ModelState
import dev.h3ae.demo.Problem
import dev.h3ae.demo.R
import dev.h3ae.demo.ScreenTest
import org.junit.Test
import org.robolectric.RuntimeEnvironment

/** What the clip's screens look like; frames are really decoded, times are set, as they differ from run to run. */
class ClipPicturesTest : ScreenTest() {
    private val container get() = (RuntimeEnvironment.getApplication() as DemoApplication).container

    private fun clip(): DecodedClip {
        val made = ClipViewModel(container, SavedStateHandle()).decoded(Source.Bundled)
        val originals = made.originals
        return DecodedClip(originals, made.decoded, made.isReference, made.fps, placeholders)
    }

    private fun show(phase: Phase) {
        val model = ModelState.Ready((container.model.value as ModelState.Ready).model)
        show { wide, modifier -> ClipScreen(ClipUiState(model, phase), noActions, wide, modifier) }
    }

    @Test
    fun result() {
        val clip = clip()
        show(Phase.Done(clip))
        picture("clip-result")
        device("+night")
        show(Phase.Done(clip))
        picture("clip-result-dark")
        device("+land-notnight")
        show(Phase.Done(clip))
        picture("clip-result-landscape")
    }

    @Test
    fun `result for readers of Arabic with large letters`() {
        val clip = clip()
        device("+ar-ldrtl", fontScale = 1.5f)
        show(Phase.Done(clip))
        picture("clip-result-rtl-large")
    }

    @Test
    fun `result in German`() {
        val clip = clip()
        device("+de")
        show(Phase.Done(clip))
        picture("clip-result-german")
    }

    @Test
    fun working() {
        val clip = clip()
        show(Phase.Working(Step.DECODING, 9, 17, clip.decoded[8]))
        picture("clip-working")
        device("+land")
        show(Phase.Working(Step.DECODING, 9, 17, clip.decoded[8]))
        picture("clip-working-landscape")
    }

    @Test
    fun `an error in the dark and in landscape`() {
        await("Choose a clip")
        val gone = Problem("media.gone", "gone", R.string.error_gone, R.string.error_gone_hint)
        device("+night")
        show(Phase.Failed(gone))
        picture("clip-error-dark")
        device("+land-notnight")
        show(Phase.Failed(gone))
        picture("clip-error-landscape")
    }

    @Test
    fun `choosing in German with large letters, in the dark and in landscape`() {
        await("Choose a clip")
        device("+de", fontScale = 1.5f)
        picture("clip-choose-german-large")
        device("+en-night")
        picture("clip-choose-dark")
        device("+land-notnight")
        picture("clip-choose-landscape")
    }
}
