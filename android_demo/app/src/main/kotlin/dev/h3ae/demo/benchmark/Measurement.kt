package dev.h3ae.demo.benchmark

import android.content.Context
import android.os.Build
import dev.h3ae.android.device.AndroidProbes
import dev.h3ae.bundle.Bundle
import dev.h3ae.decoder.DecoderOptions
import dev.h3ae.demo.DemoContainer
import dev.h3ae.demo.sharedFile
import dev.h3ae.engine.Variant
import dev.h3ae.profile.Benchmark
import dev.h3ae.profile.BenchmarkProgress
import dev.h3ae.profile.BenchmarkRequest
import dev.h3ae.report.Report
import dev.h3ae.report.ReportFormat
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import java.io.File

/** Runs the SDK's benchmark alone in this process, with what this device tells of itself. */
class Measurement(
    private val container: DemoContainer,
) {
    suspend fun run(
        bundle: Bundle,
        request: BenchmarkRequest,
        target: String? = null,
        precision: String? = null,
        onProgress: (BenchmarkProgress) -> Unit,
    ): Report =
        container.decoders.without {
            withContext(Dispatchers.Default) {
                val options = DecoderOptions(target = target, precision = precision, memory = container.memory)
                val probes = AndroidProbes(container.context)
                Benchmark(bundle, container.decoders.engines, options, probes, onProgress).run(request)
            }
        }

    /** Writes a report where other apps may be given it. */
    suspend fun write(
        report: Report,
        context: Context,
    ): File =
        withContext(Dispatchers.IO) {
            context
                .sharedFile(
                    "${report.subject.bundle}-${Build.DEVICE}.json",
                ).also { ReportFormat.write(report, it.toPath()) }
        }
}

/** What a report says of the app that made it. */
fun DemoContainer.createdBy(): Map<String, String> {
    val version = context.packageManager.getPackageInfo(context.packageName, 0).versionName
    return mapOf("h3ae-demo-app" to version.orEmpty().ifEmpty { "unknown" })
}

/** The figures for the screen. */
fun Report.measured(): Measured =
    Measured(
        engine = Variant(subject.target, subject.backend, subject.precision).toString(),
        loadSeconds = load.cold?.p50S,
        firstFrameSeconds = firstFrame?.p50S,
        clipMedianSeconds = clip.p50S,
        clipP90Seconds = clip.p90S,
        framesPerSecond = framesPerSecond,
        memoryBytes = memory?.aboveBaseBytes,
        slowestFramesPerSecond = sustained?.lowestFramesPerSecond,
        outputPassed = output?.passed,
        outputPsnrDb = output?.psnrDb,
    )
