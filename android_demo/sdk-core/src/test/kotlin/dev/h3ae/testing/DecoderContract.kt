package dev.h3ae.testing

import dev.h3ae.BundleCode
import dev.h3ae.BundleException
import dev.h3ae.DecodeCode
import dev.h3ae.DecodeException
import dev.h3ae.bundle.Bundle
import dev.h3ae.bundle.Verify
import dev.h3ae.decoder.CallObserver
import dev.h3ae.decoder.DecoderOptions
import dev.h3ae.decoder.EncodedImage
import dev.h3ae.decoder.Progress
import dev.h3ae.decoder.VideoDecoder
import dev.h3ae.engine.Engine
import dev.h3ae.profile.Benchmark
import dev.h3ae.profile.BenchmarkRequest
import dev.h3ae.report.ReportFormat
import dev.h3ae.tensor.DType
import dev.h3ae.tensor.Tensor
import dev.h3ae.trust.MemoryProbe
import dev.h3ae.trust.SelfTest
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Test
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit
import kotlin.concurrent.thread
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertFalse
import kotlin.test.assertNotNull
import kotlin.test.assertTrue

/** What every engine must do with the demo bundle; real decodes, held against Python's frames. */
abstract class DecoderContract {
    protected abstract val engine: Engine

    private val bundle by lazy { runBlocking { Bundle.open(Repository.bundle) } }

    private fun decoder(
        engine: Engine = this.engine,
        options: DecoderOptions = DecoderOptions(selfTest = false),
    ): VideoDecoder = runBlocking { VideoDecoder.open(bundle, listOf(engine), options) }

    private fun assertDecodes(
        name: String,
        conditioned: Boolean = false,
    ) = runBlocking {
        val expected = Repository.expected(name)
        val frames = expected.getValue("frames")
        var count = 0
        var worst = 0f
        decoder().use { decoder ->
            val firstFrame = if (conditioned) decoder.encodeImage(expected.getValue("image")) else null
            decoder.frames(expected.getValue("latents"), firstFrame).collect { frame ->
                assertEquals(count++, frame.index)
                val row = frames.rows(frame.index, frame.index + 1)
                worst = maxOf(worst, frame.use { largestDifference(it.pixels, row.floats) })
            }
        }
        assertEquals(frames.shape[0], count)
        println("${engine.target} $name: $count frames, at most $worst from Python's")
        assertTrue(worst <= 1e-3f, "$name differs by $worst")
    }

    @Test
    fun `a clip has Python's frames`() = assertDecodes("clip")

    @Test
    fun `a stream has Python's frames`() = assertDecodes("stream")

    @Test
    fun `a clip with a first frame has Python's frames`() = assertDecodes("i2v", conditioned = true)

    @Test
    fun `a stream with a first frame has Python's frames`() = assertDecodes("i2v-stream", conditioned = true)

    @Test
    fun `a clip is encoded as in Python`() =
        runBlocking<Unit> {
            val expected = Repository.expected("encode")
            val latents = decoder().use { it.encode(expected.getValue("video")) }
            assertClose(expected.getValue("latents"), latents)
        }

    @Test
    fun `an image is encoded as in Python`() =
        runBlocking<Unit> {
            val expected = Repository.expected("encode-image")
            val encoded = decoder().use { it.encodeImage(expected.getValue("image")) }
            assertClose(expected.getValue("latents"), encoded.latents)
            assertTrue(encoded.features.isNotEmpty())
            encoded.features.forEach { (name, feature) -> assertClose(expected.getValue(name), feature) }
        }

    @Test
    fun `the golden frames are reached`() =
        runBlocking<Unit> {
            val result = decoder(options = DecoderOptions(selfTest = true)).use { SelfTest.run(it) }
            assertTrue(result.passed, "$result")
            assertTrue(result.psnrDb > 80)
            val conditioned = decoder().use { SelfTest.run(it, withFirstFrame = true) }
            assertTrue(conditioned.passed, "$conditioned")
            assertTrue(conditioned.psnrDb > 80)
        }

    @Test
    fun `a stream of 257 frames needs no more heap than one of 17`() = LongStream.assertConstantHeap(engine)

    @Test
    fun `the first frame comes after one call of each stage, with progress`() =
        runBlocking<Unit> {
            val calls = ArrayList<String>()
            val progress = ArrayList<Progress>()
            val options = DecoderOptions(selfTest = false, observer = CallObserver { graph, _ -> calls += graph })
            decoder(options = options).use { decoder ->
                val latents = Repository.expected("stream").getValue("latents")
                decoder.frames(latents, onProgress = progress::add).take(1).toList()
            }
            val stream = bundle.manifest.schedule.stream!!
            assertEquals(listOf(stream.first, stream.frame), calls)
            assertEquals(listOf(Progress(1, 17)), progress)
        }

    @Test
    fun `nothing is decoded that nobody asked for`() =
        runBlocking<Unit> {
            val counting = CountingEngine(engine)
            decoder(counting).use { decoder ->
                decoder.frames(Repository.expected("stream").getValue("latents")).collect { frame ->
                    val steps = 1 + (frame.index + 7) / 8
                    assertEquals(steps + frame.index + 1, counting.calls.get(), "at frame ${frame.index}")
                }
            }
        }

    @Test
    fun `frames own their memory until they are closed`() =
        runBlocking<Unit> {
            val expected = Repository.expected("stream")
            val frames = decoder().use { it.frames(expected.getValue("latents")).toList() }
            frames.forEach { frame ->
                val row = expected.getValue("frames").rows(frame.index, frame.index + 1)
                assertTrue(largestDifference(frame.pixels, row.floats) <= 1e-3f)
                frame.close()
                frame.close()
                assertFailsWith<IllegalStateException> { frame.pixels }
            }
        }

    @Test
    fun `cancellation stops between two calls and frees the sessions`() =
        runBlocking<Unit> {
            val reached = CompletableDeferred<Unit>()
            val release = CountDownLatch(1)
            val counting =
                CountingEngine(engine) { graph ->
                    if (graph ==
                        bundle.manifest.schedule.stream!!
                            .next
                    ) {
                        reached.complete(Unit)
                        release.await(10, TimeUnit.SECONDS)
                    }
                }
            var frames = 0
            val job =
                launch(Dispatchers.Default) {
                    VideoDecoder.open(bundle, listOf(counting), DecoderOptions(selfTest = false)).use { decoder ->
                        decoder.frames(Repository.expected("long-stream").getValue("latents")).collect { frames++ }
                    }
                }
            reached.await()
            val before = counting.calls.get()
            job.cancel()
            assertTrue(counting.open.get() > 0)
            release.countDown()
            job.join()
            assertEquals(before, counting.calls.get(), "calls that began after the cancellation")
            assertEquals(1, frames)
            assertEquals(0, counting.open.get(), "sessions left open")
        }

    @Test
    fun `a decoder cannot be closed under a running call`() =
        runBlocking<Unit> {
            val running = CountDownLatch(1)
            val release = CountDownLatch(1)
            val counting =
                CountingEngine(engine) {
                    running.countDown()
                    release.await(10, TimeUnit.SECONDS)
                }
            val decoder = decoder(counting)
            val decode =
                async(Dispatchers.Default) {
                    assertFailsWith<DecodeException> {
                        decoder.frames(Repository.expected("stream").getValue("latents")).collect { it.close() }
                    }
                }
            running.await()
            val closing = thread { decoder.close() }
            closing.join(200)
            assertTrue(closing.isAlive, "closed while a call was running")
            assertTrue(counting.open.get() > 0)
            release.countDown()
            closing.join(10_000)
            assertFalse(closing.isAlive)
            assertEquals(DecodeCode.CLOSED, decode.await().reason)
            assertEquals(0, counting.open.get())
            decoder.close()
            assertFailsWith<DecodeException> { decoder.frames(Repository.expected("stream").getValue("latents")) }
        }

    @Test
    fun `a second decode waits for its turn`() =
        runBlocking<Unit> {
            val expected = Repository.expected("stream")
            decoder().use { decoder ->
                val first = async { decoder.frames(expected.getValue("latents")).toList() }
                val second = async { decoder.frames(expected.getValue("latents")).toList() }
                for (frames in listOf(first.await(), second.await())) {
                    assertEquals(17, frames.size)
                    frames.forEach { frame ->
                        val row = expected.getValue("frames").rows(frame.index, frame.index + 1)
                        assertTrue(largestDifference(frame.pixels, row.floats) <= 1e-3f)
                    }
                }
            }
        }

    @Test
    fun `a stream after a cancelled one begins anew`() =
        runBlocking<Unit> {
            val expected = Repository.expected("stream")
            decoder().use { decoder ->
                val begun = CompletableDeferred<Unit>()
                val job =
                    launch(Dispatchers.Default) {
                        decoder.frames(expected.getValue("latents")).collect { if (it.index == 5) begun.complete(Unit) }
                    }
                begun.await()
                job.cancelAndJoin()
                val frames = decoder.frames(expected.getValue("latents")).toList()
                val last = expected.getValue("frames").rows(16, 17)
                assertTrue(largestDifference(frames[16].pixels, last.floats) <= 1e-3f)
            }
        }

    @Test
    fun `a backend that gives NaN or wrong frames is left, with a reason`() =
        runBlocking<Unit> {
            val wanted = DecoderOptions(target = engine.target)
            for ((spoil, reason) in listOf<Pair<(Float) -> Float, String>>(
                { _: Float -> Float.NaN } to "NaN",
                { value: Float -> value + 0.1f } to "wrong",
            )) {
                val counting = CountingEngine(SpoiledEngine(engine, spoil = spoil))
                VideoDecoder.open(bundle, listOf(counting, engine), wanted).use { decoder ->
                    val rejection = decoder.rejections.single { it.variant.target == engine.target }
                    assertTrue(reason in rejection.reason, rejection.reason)
                    assertEquals(0, counting.open.get(), "the broken backend's sessions are still open")
                }
                val error =
                    assertFailsWith<DecodeException> {
                        VideoDecoder.open(
                            bundle,
                            listOf(SpoiledEngine(engine, spoil = spoil)),
                            wanted,
                        )
                    }
                assertEquals(DecodeCode.NO_BACKEND, error.reason)
                assertTrue(reason in error.sentence, error.sentence)
            }
        }

    @Test
    fun `a backend that is wrong with a first frame alone is left, with a reason`() =
        runBlocking<Unit> {
            val i2v = bundle.manifest.schedule.i2v!!
            val wanted = DecoderOptions(target = engine.target)
            for ((spoil, reason) in listOf<Pair<(Float) -> Float, String>>(
                { _: Float -> Float.NaN } to "with a first frame, its frames hold NaN",
                { value: Float -> value + 0.5f } to "with a first frame, its frames are wrong",
            )) {
                val spoilt = SpoiledEngine(engine, { it == i2v.encoder }, spoil)
                val counting = CountingEngine(spoilt)
                VideoDecoder.open(bundle, listOf(counting, engine), wanted).use { decoder ->
                    val rejection = decoder.rejections.single { it.variant.target == engine.target }
                    assertTrue(reason in rejection.reason, rejection.reason)
                    assertEquals(0, counting.open.get(), "the broken backend's sessions are still open")
                }
            }
        }

    @Test
    fun `the graphs of a first frame are tested, and not kept`() =
        runBlocking<Unit> {
            val schedule = bundle.manifest.schedule
            val i2v = schedule.i2v!!
            val called = LinkedHashSet<String>()
            val counting = CountingEngine(engine) { called += it }
            VideoDecoder.open(bundle, listOf(counting)).use {
                assertTrue(called.containsAll(i2v.clip!!.graphs + i2v.encoder), "$called")
                assertEquals(schedule.clip!!.graphs.size, counting.open.get())
            }
        }

    @Test
    fun `NaN without a self-test fails the flow at its frame`() =
        runBlocking<Unit> {
            decoder(SpoiledEngine(engine) { Float.NaN }).use { decoder ->
                val error =
                    assertFailsWith<DecodeException> {
                        decoder.frames(Repository.expected("clip").getValue("latents")).collect { it.close() }
                    }
                assertEquals(DecodeCode.NOT_FINITE, error.reason)
                assertNotNull(error.wayOut)
            }
        }

    @Test
    fun `tensors that do not fit are refused before anything runs`() =
        runBlocking<Unit> {
            val counting = CountingEngine(engine)
            decoder(counting).use { decoder ->
                val latents = Repository.expected("clip").getValue("latents")
                val wrong = Tensor.allocate(DType.FLOAT32, listOf(2, 3, 2, 2))
                val half = Tensor.allocate(DType.FLOAT16, latents.shape)
                val image = Tensor.allocate(DType.FLOAT32, listOf(1, 3, 32, 64))
                val empty = EncodedImage(latents, emptyMap())
                for (attempt in listOf<suspend () -> Any>(
                    { decoder.frames(wrong) },
                    { decoder.frames(half) },
                    { decoder.frames(latents, empty) },
                    { decoder.encodeImage(image) },
                    { decoder.encode(image) },
                )) {
                    assertEquals(DecodeCode.INPUT, assertFailsWith<DecodeException> { attempt() }.reason)
                }
                assertEquals(0, counting.calls.get())
            }
        }

    @Test
    fun `what the bundle does not hold is told`() =
        runBlocking<Unit> {
            val options = DecoderOptions(target = engine.target, precision = "int4")
            val error = assertFailsWith<BundleException> { VideoDecoder.open(bundle, listOf(engine), options) }
            assertEquals(BundleCode.ARTIFACT_UNKNOWN, error.reason)
            assertTrue("fp32" in error.wayOut.orEmpty())
        }

    @Test
    fun `too little memory is told before anything is loaded`() =
        runBlocking<Unit> {
            val counting = CountingEngine(engine)
            val options = DecoderOptions(memory = MemoryProbe { 100L shl 20 })
            val error = assertFailsWith<DecodeException> { VideoDecoder.open(bundle, listOf(counting), options) }
            assertEquals(DecodeCode.MEMORY, error.reason)
            // A phone with memory to spare, and a heap that the tensors do not fit.
            val heap =
                object : MemoryProbe {
                    override fun availableBytes() = 8L shl 30

                    override fun tensorBytes() = 1L shl 16
                }
            val bounded = DecoderOptions(memory = heap)
            val second = assertFailsWith<DecodeException> { VideoDecoder.open(bundle, listOf(counting), bounded) }
            assertEquals(DecodeCode.MEMORY, second.reason)
            assertTrue("between its graphs" in second.sentence, second.sentence)
            assertEquals(0, counting.calls.get())
        }

    @Test
    fun `a damaged program is a typed error`() =
        runBlocking<Unit> {
            val copy = TemporaryBundle.copy(Repository.bundle)
            bundle.manifest.artifacts
                .filter { it.target == engine.target }
                .forEach { TemporaryBundle.damage(copy.resolve(it.file)) }
            val damaged = Bundle.open(copy, Verify.NONE)
            val error =
                assertFailsWith<DecodeException> {
                    VideoDecoder.open(damaged, listOf(engine), DecoderOptions(target = engine.target))
                }
            assertEquals(DecodeCode.NO_BACKEND, error.reason)
        }

    @Test
    fun `a benchmark writes a valid report`() =
        runBlocking<Unit> {
            val request =
                BenchmarkRequest(
                    label = "test",
                    createdBy = mapOf("test" to "1"),
                    warmup = 1,
                    repetitions = 3,
                    warmLoads = 1,
                    sustainedS = 0.2,
                    intervalS = 0.1,
                )
            val steps = LinkedHashSet<String>()
            val options = DecoderOptions(target = engine.target)
            val report = Benchmark(bundle, listOf(engine), options, HostProbes) { steps += it.step }.run(request)
            val again = ReportFormat.parse(ReportFormat.encode(report))
            assertEquals(report, again)
            assertEquals(listOf("decoder_temporal", "decoder_frame"), report.stages.map { it.graph })
            assertEquals(listOf(1, 9), report.stages.map { it.calls })
            assertTrue(report.output!!.passed)
            assertEquals(setOf("load", "clips", "warm loads", "sustained", "output"), steps)
            JsonSchemas.assertValid("profiling/h3ae_profiling/report/report.schema.json", ReportFormat.encode(report))
        }
}
