package dev.h3ae.demo.clip

import android.os.Looper
import dev.h3ae.demo.ModelState
import org.robolectric.Shadows.shadowOf

/** Actions that do nothing, for screens that are only looked at. */
val noActions = ClipActions({}, {}, {}, {}, {}, {}, {}, {})

/** For pictures alone: a decode's times differ from run to run. */
val placeholders = Figures(null, 0.2345, 0.6789, 17, 130.1, "executorch, xnnpack, fp32")

/** Lets the view model work until its state fits; its coroutines run on this thread's looper. */
fun ClipViewModel.await(fits: (ClipUiState) -> Boolean): ClipUiState {
    val until = System.nanoTime() + 120_000_000_000
    while (!fits(state.value)) {
        val phase = state.value.phase
        check(System.nanoTime() < until) { "still ${state.value}" }
        check(phase !is Phase.Failed) { "failed: $phase" }
        shadowOf(Looper.getMainLooper()).idle()
        Thread.sleep(5)
    }
    return state.value
}

/** Decodes a clip with the real decoder. */
fun ClipViewModel.decoded(source: Source): DecodedClip {
    await { it.model is ModelState.Ready }
    decode(source)
    return (await { it.phase is Phase.Done }.phase as Phase.Done).clip
}
