package dev.h3ae.executorch

import dev.h3ae.DecodeCode
import dev.h3ae.DecodeException
import dev.h3ae.bundle.Artifact
import dev.h3ae.bundle.Graph
import dev.h3ae.engine.Engine
import dev.h3ae.engine.GraphSession
import org.pytorch.executorch.ExecuTorchRuntime
import org.pytorch.executorch.Module
import java.nio.file.Path

/**
 * ExecuTorch: methods of a program, on whatever backends its native library holds (XNNPACK, Vulkan, ...).
 *
 * @param version of the native library, for reports: the library does not tell it.
 */
public class ExecuTorchEngine(
    private val version: String,
) : Engine {
    override val target: String = "executorch"

    override val versions: Map<String, String> get() = mapOf("executorch" to version)

    override fun obstacle(artifact: Artifact): String? {
        val backends =
            try {
                ExecuTorchRuntime.getRegisteredBackends().toSet()
            } catch (error: LinkageError) {
                return "ExecuTorch's native library is not there: ${error.message}"
            }
        return (artifact.delegates.keys - backends).firstOrNull()?.let {
            "the ExecuTorch runtime of this device has no $it"
        }
    }

    override fun open(
        file: Path,
        artifact: Artifact,
        graph: Graph,
        threads: Int?,
    ): GraphSession {
        val module =
            guarded("ExecuTorch cannot load ${file.fileName}") {
                Module.load(file.toString(), Module.LOAD_MODE_MMAP, threads ?: OWN_CHOICE)
            }
        try {
            load(module, artifact.entry, file)
        } catch (error: DecodeException) {
            module.destroy()
            throw error
        }
        return ExecuTorchSession(module, artifact, graph)
    }

    // Written so that it compiles against ExecuTorch's older API, which is Java, and its younger one, which is Kotlin.
    private fun load(
        module: Module,
        entry: String,
        file: Path,
    ) {
        val sentence = "ExecuTorch cannot load the method '$entry' of ${file.fileName}"
        val error =
            guarded(sentence) { if (entry in module.getMethods()) errorOf(module.loadMethod(entry)) else NOT_FOUND }
        if (error != OK) {
            throw DecodeException(
                DecodeCode.ENGINE,
                "$sentence (error $error)",
                "export again for this version of ExecuTorch",
            )
        }
    }

    /** Java's `loadMethod` returns the number of an error, Kotlin's throws and returns nothing. */
    private fun errorOf(told: Any): Int = told as? Int ?: OK

    private companion object {
        const val OWN_CHOICE = 0
        const val OK = 0

        // ExecuTorch's own number for it.
        const val NOT_FOUND = 0x20
    }
}

/** Runs [call]; the runtime's exceptions, which share no class of their own, become ours. */
internal fun <T> guarded(
    sentence: String,
    call: () -> T,
): T =
    try {
        call()
    } catch (
        @Suppress("TooGenericExceptionCaught") error: RuntimeException,
    ) {
        throw DecodeException(DecodeCode.ENGINE, "$sentence: ${error.message}", "try another backend", error)
    }
