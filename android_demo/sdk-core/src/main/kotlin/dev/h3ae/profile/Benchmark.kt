package dev.h3ae.profile

import dev.h3ae.bundle.Bundle
import dev.h3ae.bundle.ClipDecode
import dev.h3ae.bundle.Decode
import dev.h3ae.bundle.GoldenVectors
import dev.h3ae.bundle.StreamDecode
import dev.h3ae.decoder.DecoderOptions
import dev.h3ae.decoder.EncodedImage
import dev.h3ae.decoder.VideoDecoder
import dev.h3ae.engine.Engine
import dev.h3ae.report.Distribution
import dev.h3ae.report.EngineRecord
import dev.h3ae.report.Interval
import dev.h3ae.report.Loads
import dev.h3ae.report.MemoryRecord
import dev.h3ae.report.MemorySample
import dev.h3ae.report.OutputCheck
import dev.h3ae.report.Protocol
import dev.h3ae.report.Report
import dev.h3ae.report.ReportFormat
import dev.h3ae.report.Stage
import dev.h3ae.report.Subject
import dev.h3ae.report.Sustained
import dev.h3ae.report.ThermalState
import dev.h3ae.report.Workload
import dev.h3ae.tensor.Tensor
import dev.h3ae.trust.SelfTest
import dev.h3ae.trust.SelfTestResult

/**
 * Measures a bundle on this device by the protocol of `docs/profiling.md`: one cold load, the clips, loads again, the
 * sustained run, and the golden frames last, so that their check slows nothing.
 *
 * The golden latents are decoded. The load is cold if the process is new, as it is when an app was just started for it.
 */
public class Benchmark(
    private val bundle: Bundle,
    private val engines: List<Engine>,
    private val options: DecoderOptions,
    private val probes: Probes,
    private val onProgress: (BenchmarkProgress) -> Unit = {},
) {
    private val timer = StageTimer()
    private val samples = ArrayList<MemorySample>()
    private val start = System.nanoTime()

    /**
     * Runs it; takes as long as the request says, and can be cancelled between two calls of a graph.
     *
     * @throws dev.h3ae.H3aeException if the bundle cannot be decoded here.
     */
    public suspend fun run(request: BenchmarkRequest): Report {
        val thermalBefore = probes.thermal()
        val golden = GoldenVectors.load(bundle)
        val base = probes.residentBytes()
        onProgress(BenchmarkProgress("load", 0, 1))
        val begun = System.nanoTime()
        return open().use { decoder ->
            val work = workload(decoder, golden)
            decoder.prepare(golden.latents.shape[0], work.conditioned)
            val cold = seconds(begun)
            val firstFrame = golden.image?.takeIf { work.conditioned }?.let { decoder.encodeImage(it) }
            val first = clip(decoder, golden.latents, firstFrame).whole
            for (index in 1 until request.warmup) {
                onProgress(BenchmarkProgress("warm-up", index, request.warmup))
                clip(decoder, golden.latents, firstFrame)
            }
            timer.reset()
            val clips =
                List(request.repetitions) { index ->
                    onProgress(BenchmarkProgress("clips", index, request.repetitions))
                    clip(decoder, golden.latents, firstFrame).also { timer.endClip() }
                }
            val stages = timer.stages()
            val peak = maxOf(probes.peakBytes(), base)
            val warm = warmLoads(request, golden.latents.shape[0], work.conditioned)
            val sustained = sustained(request, decoder, golden.latents, firstFrame)
            onProgress(BenchmarkProgress("output", 0, 1))
            val output = SelfTest.run(decoder).toOutput()
            val whole = Distribution.of(clips.map { it.whole })
            Report(
                label = request.label,
                created = ReportFormat.timestamp(),
                createdBy = request.createdBy,
                subject = subject(decoder),
                workload = work.record,
                device = probes.device,
                engine = EngineRecord(decoder.engine.target, decoder.engine.versions),
                protocol = protocol(request, thermalBefore),
                load =
                    Loads(
                        cold = Distribution.of(listOf(cold)),
                        warm = warm,
                        firstClipS = first,
                        method = LOAD_METHOD,
                    ),
                firstFrame = Distribution.of(clips.map { it.first }),
                clip = whole,
                framesPerSecond = work.record.frames / whole.p50S,
                stages = stages,
                memory = MemoryRecord(probes.memoryMethod, base, peak, peak - base, samples = samples.toList()),
                sustained = sustained,
                output = output,
            )
        }
    }

    private fun protocol(
        request: BenchmarkRequest,
        thermalBefore: ThermalState,
    ) = Protocol(
        warmup = request.warmup,
        repetitions = request.repetitions,
        threads = options.threads,
        isolated = request.isolated,
        power = probes.power,
        lowPowerMode = probes.lowPowerMode,
        thermalBefore = thermalBefore,
        thermalAfter = probes.thermal(),
    )

    private class Clip(
        val first: Double,
        val whole: Double,
        val frames: Int,
    )

    private class Work(
        val record: Workload,
        val conditioned: Boolean,
    )

    private suspend fun open(): VideoDecoder = VideoDecoder.open(bundle, engines, options.forMeasuring(timer))

    private fun workload(
        decoder: VideoDecoder,
        golden: GoldenVectors,
    ): Work {
        val manifest = decoder.bundle.manifest
        val schedule = manifest.schedule
        val conditioned = schedule.clip == null && schedule.stream == null
        val clip = if (conditioned) schedule.i2v?.clip else schedule.clip
        val stream = if (conditioned) schedule.i2v?.stream else schedule.stream
        val latents = golden.latents.shape[0]
        val plan: Decode = checkNotNull(clip?.takeIf { it.latents == latents } ?: stream ?: clip) { "nothing decodes" }
        val mode =
            when {
                conditioned -> "i2v"
                plan is StreamDecode -> "stream"
                else -> "clip"
            }
        val frames = if (plan is ClipDecode) plan.frames else manifest.video.frameLaw.frames(latents)
        val record = Workload(mode, frames, manifest.video.height, manifest.video.width, plan.framesPerCall)
        return Work(record, conditioned)
    }

    private suspend fun clip(
        decoder: VideoDecoder,
        latents: Tensor,
        firstFrame: EncodedImage?,
    ): Clip {
        val begun = System.nanoTime()
        var first = 0.0
        var frames = 0
        decoder.frames(latents, firstFrame).collect { frame ->
            if (frames++ == 0) first = seconds(begun)
            frame.close()
        }
        val clip = Clip(first, seconds(begun), frames)
        samples += MemorySample(seconds(start), probes.residentBytes())
        return clip
    }

    private suspend fun warmLoads(
        request: BenchmarkRequest,
        latents: Int,
        conditioned: Boolean,
    ): Distribution? {
        if (request.warmLoads == 0) return null
        return Distribution.of(
            List(request.warmLoads) { index ->
                onProgress(BenchmarkProgress("warm loads", index, request.warmLoads))
                val begun = System.nanoTime()
                open().use { it.prepare(latents, conditioned) }
                seconds(begun)
            },
        )
    }

    private suspend fun sustained(
        request: BenchmarkRequest,
        decoder: VideoDecoder,
        latents: Tensor,
        firstFrame: EncodedImage?,
    ): Sustained? {
        if (request.sustainedS <= 0) return null
        val begun = System.nanoTime()
        val intervals = ArrayList<Interval>()
        while (seconds(begun) < request.sustainedS) {
            onProgress(BenchmarkProgress("sustained", seconds(begun).toInt(), request.sustainedS.toInt()))
            val at = seconds(begun)
            var frames = 0
            while (frames == 0 ||
                seconds(begun) - at < request.intervalS
            ) {
                frames += clip(decoder, latents, firstFrame).frames
            }
            intervals += Interval(at, seconds(begun) - at, frames, probes.thermal(), probes.residentBytes())
        }
        return Sustained.of(intervals)
    }

    private fun subject(decoder: VideoDecoder): Subject {
        val manifest = bundle.manifest
        val variant = decoder.variant
        return Subject(
            manifest.name,
            bundle.sha256(),
            manifest.model.name,
            variant.target,
            variant.backend,
            variant.precision,
        )
    }

    private fun SelfTestResult.toOutput() = OutputCheck(frames, finite, psnrDb, maxAbs, tolerance, passed)

    private fun seconds(since: Long): Double = maxOf(System.nanoTime() - since, 1L) / 1e9

    private companion object {
        const val LOAD_METHOD = "one load in this process, its files in the page cache as the system left them"
    }
}
