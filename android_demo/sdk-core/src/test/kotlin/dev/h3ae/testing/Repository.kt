package dev.h3ae.testing

import dev.h3ae.tensor.Safetensors
import dev.h3ae.tensor.Tensor
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonArray
import java.nio.file.Files
import java.nio.file.Path
import java.nio.file.Paths

/** Places of the repository that the tests share with Python's and Swift's. */
object Repository {
    val root: Path =
        generateSequence(
            Paths.get("").toAbsolutePath(),
        ) { it.parent }.first { Files.isDirectory(it.resolve("h3ae_mobile")) }

    val golden: Path = root.resolve("tests/golden")

    private val mobile: Path = root.resolve("out/mobile-test")

    /** The demo bundle at 64 x 64, 9 frames, that the end-to-end tests decode. */
    val bundle: Path get() = present(mobile.resolve("h3ae-demo.h3ae"))

    /** What Python made of that bundle. */
    fun expected(name: String): Map<String, Tensor> =
        Safetensors.read(present(mobile.resolve("expected/$name.safetensors")))

    fun index(path: String): JsonArray =
        Json.parseToJsonElement(String(Files.readAllBytes(golden.resolve(path)))) as JsonArray

    private fun present(path: Path): Path {
        check(Files.exists(path)) { "$path is missing: run 'make mobile-bundle' first" }
        return path
    }
}
