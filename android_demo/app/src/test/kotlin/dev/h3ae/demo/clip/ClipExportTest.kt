package dev.h3ae.demo.clip

import android.net.Uri
import androidx.compose.material3.SnackbarHostState
import androidx.compose.ui.test.assertIsNotEnabled
import androidx.compose.ui.test.onNodeWithText
import androidx.compose.ui.test.performScrollTo
import androidx.lifecycle.SavedStateHandle
import dev.h3ae.demo.DemoApplication
import dev.h3ae.demo.ScreenTest
import kotlinx.coroutines.CompletableDeferred
import org.junit.Assert.assertEquals
import org.junit.Test
import org.robolectric.RuntimeEnvironment
import java.io.File
import java.io.IOException

/** Saving and sharing, with an encoder of the test's own: Robolectric has none. */
class ClipExportTest : ScreenTest() {
    private val exporter = HeldExporter()
    private val messages = SnackbarHostState()

    private fun model() =
        ClipViewModel(
            (RuntimeEnvironment.getApplication() as DemoApplication).container,
            SavedStateHandle(),
            exporter,
        ).apply { decoded(Source.Bundled) }

    private fun show(model: ClipViewModel) = show { wide, modifier -> ClipRoute(model, wide, messages, modifier) }

    @Test
    fun `saving goes on while the device is turned, once however often it is asked for`() {
        val model = model()
        model.save()
        model.save()
        model.share()
        show(model)
        rule.onNodeWithText("Save").performScrollTo().assertIsNotEnabled()
        device("+land")
        exporter.gate.complete(Unit)
        until { model.state.value.export is Export.Saved }
        assertEquals(1, exporter.calls)
        show(model)
        until { messages.currentSnackbarData?.visuals?.message == "Saved to the gallery" }
        rule.activity.onBackPressedDispatcher.onBackPressed()
        until { model.state.value.phase is Phase.Choosing }
    }

    @Test
    fun `a disk that is full is told`() {
        val model = model()
        exporter.gate.completeExceptionally(IOException("no space left on device"))
        model.share()
        until { model.state.value.export is Export.Failed }
        assertEquals("app.storage", (model.state.value.export as Export.Failed).problem.code)
    }

    private class HeldExporter : Exporter {
        val gate = CompletableDeferred<Unit>()
        var calls = 0

        override suspend fun toCache(clip: DecodedClip): File {
            toGallery(clip)
            return File("none.mp4")
        }

        override suspend fun toGallery(clip: DecodedClip) {
            calls++
            gate.await()
        }

        override suspend fun toDocument(
            clip: DecodedClip,
            uri: Uri,
        ) = toGallery(clip)
    }
}
