package dev.h3ae.demo.profile

import android.content.Intent
import dev.h3ae.profile.BenchmarkRequest
import java.nio.file.InvalidPathException
import java.nio.file.Path
import kotlin.io.path.Path

/** What `h3ae-profile android` asks for, in string extras; see docs/profiling.md. */
class ProfileRequest(
    val bundle: Path,
    val repetitions: Int,
    val warmup: Int,
    val sustainedS: Double,
    val target: String?,
    val precision: String?,
) {
    /** Returns it in the SDK's words. */
    fun benchmark(createdBy: Map<String, String>) =
        BenchmarkRequest(
            label = bundle.fileName.toString().removeSuffix(".h3ae"),
            createdBy = createdBy,
            // The first clip after loading is told apart and is no sample, so that one is needed.
            warmup = warmup.coerceAtLeast(1),
            repetitions = repetitions,
            sustainedS = sustainedS,
        )

    companion object {
        private const val REPETITIONS = 20
        private const val WARMUP = 3
        private val COUNTS = 0..100_000
        private const val LONGEST_S = 86_400.0

        /** Reads an intent; what it says wrongly is told in the exception's message. */
        fun of(intent: Intent): ProfileRequest =
            ProfileRequest(
                bundle = path(intent.getStringExtra("bundle")),
                repetitions = intent.count("repetitions", REPETITIONS).coerceAtLeast(1),
                warmup = intent.count("warmup", WARMUP),
                sustainedS = intent.seconds("sustained_s"),
                target = intent.getStringExtra("target"),
                precision = intent.getStringExtra("precision"),
            )

        private fun path(text: String?): Path {
            if (text == null) throw ProfileRequestException("the extra 'bundle' is missing: the bundle's folder")
            try {
                return Path(text).takeIf { it.fileName != null }
                    ?: throw ProfileRequestException("'$text' is no folder")
            } catch (error: InvalidPathException) {
                throw ProfileRequestException("the extra 'bundle' is no path: ${error.message}")
            }
        }

        private fun Intent.count(
            name: String,
            default: Int,
        ): Int {
            val text = getStringExtra(name) ?: return default
            return text.toIntOrNull()?.takeIf { it in COUNTS }
                ?: throw ProfileRequestException("the extra '$name' is '$text', not a count up to ${COUNTS.last}")
        }

        private fun Intent.seconds(name: String): Double {
            val text = getStringExtra(name) ?: return 0.0
            return text.toDoubleOrNull()?.takeIf { it in 0.0..LONGEST_S }
                ?: throw ProfileRequestException("the extra '$name' is '$text', not seconds of a day")
        }
    }
}

/** An intent that asks for something impossible; the message is for whoever sent it. */
class ProfileRequestException(
    message: String,
) : Exception(message)
