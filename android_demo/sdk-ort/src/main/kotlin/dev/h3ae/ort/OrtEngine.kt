package dev.h3ae.ort

import ai.onnxruntime.OrtEnvironment
import ai.onnxruntime.OrtException
import ai.onnxruntime.OrtSession
import dev.h3ae.DecodeCode
import dev.h3ae.DecodeException
import dev.h3ae.bundle.Artifact
import dev.h3ae.bundle.Graph
import dev.h3ae.engine.Engine
import dev.h3ae.engine.GraphSession
import java.nio.file.Path

/**
 * ONNX Runtime: models of a directory, one file for each entry. The same API on Android and on the desktop.
 *
 * @param configure told of every session's options before it is made, for instance to add an execution provider.
 */
public class OrtEngine(
    private val configure: (OrtSession.SessionOptions) -> Unit = {},
) : Engine {
    private val environment by lazy { OrtEnvironment.getEnvironment() }

    override val target: String = "onnx"

    override val versions: Map<String, String> get() = mapOf("onnxruntime" to environment.version)

    override fun obstacle(artifact: Artifact): String? =
        if (artifact.backend == BACKEND) null else "ONNX Runtime does not know the backend '${artifact.backend}'"

    override fun open(
        file: Path,
        artifact: Artifact,
        graph: Graph,
        threads: Int?,
    ): GraphSession =
        try {
            OrtSession.SessionOptions().use { options ->
                if (threads != null) options.setIntraOpNumThreads(threads)
                // Threads that spin between two calls take the cores from the other stage, and the battery's charge.
                options.addConfigEntry("session.intra_op.allow_spinning", "0")
                configure(options)
                val model = file.resolve("${artifact.entry}.onnx")
                OrtGraphSession(
                    environment,
                    environment.createSession(model.toString(), options),
                    artifact.graph,
                    graph,
                )
            }
        } catch (error: OrtException) {
            throw DecodeException(
                DecodeCode.ENGINE,
                "ONNX Runtime cannot load ${file.fileName}: ${error.message}",
                "export again for this version of ONNX Runtime",
                error,
            )
        }

    private companion object {
        const val BACKEND = "onnxruntime"
    }
}
