package dev.h3ae.demo

import androidx.annotation.StringRes
import androidx.compose.runtime.Composable
import androidx.compose.ui.res.stringResource
import dev.h3ae.DecodeCode
import dev.h3ae.DecodeException
import dev.h3ae.H3aeException
import dev.h3ae.InstallException
import dev.h3ae.android.media.MediaCode
import dev.h3ae.android.media.MediaException
import java.io.IOException

/**
 * A failure as a person is told it: in their language where the app has the words, else in the
 * library's. [code] and [detail] are for logs and reports.
 */
data class Problem(
    val code: String,
    val detail: String,
    @param:StringRes val title: Int? = null,
    @param:StringRes val hint: Int? = null,
) {
    /** What it says on the screen. */
    @Composable
    fun text(): String = listOfNotNull(title, hint).map { stringResource(it) }.joinToString(" ").ifEmpty { detail }

    companion object {
        private const val STORAGE = "app.storage"
        private const val MEMORY = "app.memory"
        private val STORAGE_HINT = R.string.error_storage_hint
        private val MEMORY_HINT = R.string.error_memory_hint

        /** Returns what [error] is to a person; errors that are nobody's fault but ours are thrown on. */
        fun of(error: Throwable): Problem =
            when (error) {
                is MediaException -> media(error)
                is DecodeException -> decode(error)
                is InstallException -> said(error, R.string.error_storage, STORAGE_HINT)
                is H3aeException -> Problem(error.code, error.message.orEmpty())
                is IOException -> Problem(STORAGE, error.message.orEmpty(), R.string.error_storage, STORAGE_HINT)
                is OutOfMemoryError -> Problem(MEMORY, error.message.orEmpty(), R.string.error_memory, MEMORY_HINT)
                else -> throw error
            }

        private fun media(error: MediaException): Problem {
            val (title, hint) =
                when (error.reason) {
                    MediaCode.GONE -> R.string.error_gone to R.string.error_gone_hint
                    MediaCode.UNREADABLE -> R.string.error_unreadable to R.string.error_unreadable_hint
                    MediaCode.NO_ENCODER, MediaCode.FRAMES -> R.string.error_encoder to null
                    MediaCode.UNWRITABLE -> R.string.error_storage to STORAGE_HINT
                }
            return Problem(error.reason.text, error.message.orEmpty(), title, hint)
        }

        private fun decode(error: DecodeException): Problem =
            if (error.reason == DecodeCode.MEMORY) {
                said(error, R.string.error_memory, MEMORY_HINT)
            } else {
                Problem(error.code, error.message.orEmpty())
            }

        private fun said(
            error: H3aeException,
            title: Int,
            hint: Int,
        ) = Problem(error.code, error.message.orEmpty(), title, hint)
    }
}
