package dev.h3ae.decoder

import dev.h3ae.bundle.ManifestReader
import dev.h3ae.tensor.DType
import dev.h3ae.tensor.Tensor
import dev.h3ae.testing.Repository
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Test
import java.nio.file.Files
import kotlin.test.assertEquals

/** The arithmetic of the schedule, over graphs that number their rows: the demo bundle has one frame a call. */
class StagesTest {
    private val manifest =
        ManifestReader.parse(Files.readAllBytes(Repository.golden.resolve("manifests/valid/frames-per-call.json")))
    private val clip = checkNotNull(manifest.schedule.clip)
    private val calls = ArrayList<List<Float>>()

    private val stages =
        Stages(manifest) { name, inputs, outputs ->
            val output = outputs.values.first()
            if (name == clip.temporal) {
                for (row in 0 until output.shape[0]) output.rows(row, row + 1).fill(row.toFloat())
            } else {
                val rows = inputs.values.first().firsts()
                calls += rows
                rows.forEachIndexed { row, value -> output.rows(row, row + 1).fill(value) }
            }
        }

    @Test
    fun `the last call is filled up with the last frame, and its surplus dropped`() =
        runBlocking {
            val frames = ArrayList<Float>()
            val latents = Tensor.allocate(DType.FLOAT32, manifest.latentShape(clip.latents))
            stages.run(Work(clip, latents, emptyMap())) { frames += it.firsts() }
            assertEquals(List(17) { it.toFloat() }, frames)
            assertEquals(4, clip.framesPerCall)
            assertEquals(List(4) { call -> List(4) { call * 4f + it } } + listOf(List(4) { 16f }), calls)
        }

    private fun Tensor.fill(value: Float) = floats.let { while (it.hasRemaining()) it.put(value) }

    private fun Tensor.firsts() = List(shape[0]) { rows(it, it + 1).floats.get(0) }
}
