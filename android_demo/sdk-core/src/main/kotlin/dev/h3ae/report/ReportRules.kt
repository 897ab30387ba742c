package dev.h3ae.report

import dev.h3ae.ReportCode
import dev.h3ae.ReportException
import dev.h3ae.bundle.isSafePath
import dev.h3ae.bundle.rules.firstRepeated
import java.text.ParsePosition
import java.text.SimpleDateFormat
import java.util.Locale
import java.util.TimeZone
import kotlin.math.abs

// Parts are timed inside the whole; only the rounding of clocks may add up to more.
private const val SLACK = 1e-3

// Stored figures that follow from others may differ by rounding, in any language's printing.
private const val RELATIVE = 1e-4
private const val ABSOLUTE = 1e-9

/** Rules between the parts of a report, which JSON Schema cannot tell. */
internal fun checkReport(report: Report) {
    checkDate(report.created)
    distributions(report).forEach { (where, distribution) -> checkPercentiles(where, distribution) }
    report.placement?.let(::checkPlacement)
    report.memory?.let(::checkMemory)
    report.sustained?.let(::checkSustained)
    report.output?.let(::checkOutput)
    checkSamples(report)
    checkRate(report)
    checkStages(report)
}

private fun distributions(report: Report): List<Pair<String, Distribution>> {
    val stages =
        report.stages.flatMapIndexed { index, stage ->
            listOf("stages[$index].clip" to stage.clip, "stages[$index].call" to stage.call)
        }
    val all =
        listOf("load.cold" to report.load.cold, "load.warm" to report.load.warm) +
            listOf("first_frame" to report.firstFrame, "clip" to report.clip) + stages
    return all.mapNotNull { (where, distribution) -> distribution?.let { where to it } }
}

private fun checkPercentiles(
    where: String,
    distribution: Distribution,
) {
    val stated = listOf(distribution.p50S, distribution.p90S, distribution.p99S)
    for ((name, percentile) in listOf("p50_s", "p90_s", "p99_s").zip(stated.zip(PERCENTILES))) {
        val (value, q) = percentile
        val derived = quantile(distribution.samplesS, q)
        if (!agree(value, derived)) inconsistent("$where: $name is $value, the samples give $derived")
    }
}

private fun checkDate(created: String) {
    val format = SimpleDateFormat("yyyy-MM-dd'T'HH:mm:ss'Z'", Locale.ROOT)
    format.timeZone = TimeZone.getTimeZone("UTC")
    format.isLenient = false
    if (format.parse(created, ParsePosition(0)) == null) inconsistent("created: '$created' is no date")
}

private fun checkPlacement(placement: Placement) {
    firstRepeated(
        placement.items.map {
            "${it.graph} on ${it.unit}"
        },
    )?.let { inconsistent("placement: items name $it twice") }
    placement.items.groupBy { it.graph }.forEach { (graph, items) ->
        val cost = items.sumOf { it.cost ?: 0.0 }
        if (cost > 1 + 1e-6) inconsistent("placement: items give '$graph' a total cost of $cost, more than 1")
    }
}

private fun checkMemory(memory: MemoryRecord) {
    if (memory.peakBytes < memory.baseBytes) inconsistent("memory: peak_bytes is below base_bytes")
    if (memory.aboveBaseBytes != memory.peakBytes - memory.baseBytes) {
        inconsistent("memory: above_base_bytes is not peak_bytes - base_bytes")
    }
    if (memory.samples.zipWithNext().any { (earlier, later) -> later.atS < earlier.atS }) {
        inconsistent("memory: samples do not ascend in time")
    }
}

private fun checkSustained(sustained: Sustained) {
    val overlap =
        sustained.intervals.zipWithNext().any { (earlier, later) ->
            later.startS < earlier.startS + earlier.durationS - SLACK
        }
    if (overlap) inconsistent("sustained: intervals overlap or do not ascend")
    val derived = Sustained.of(sustained.intervals)
    if (sustained.frames != derived.frames) inconsistent("sustained: frames is not the sum of the intervals")
    expect("sustained: duration_s", sustained.durationS, derived.durationS)
    expect("sustained: frames_per_second", sustained.framesPerSecond, derived.framesPerSecond)
    expect("sustained: lowest_frames_per_second", sustained.lowestFramesPerSecond, derived.lowestFramesPerSecond)
}

private fun expect(
    name: String,
    stated: Double,
    derived: Double,
) {
    if (!agree(stated, derived)) inconsistent("$name is $stated, the intervals give $derived")
}

private fun checkOutput(output: OutputCheck) {
    val within = output.finite && output.maxAbs <= output.tolerance.maxAbs && output.psnrDb >= output.tolerance.psnrDb
    if (output.passed != within) {
        inconsistent(
            "output: passed is ${output.passed}, but ${output.psnrDb} dB and ${output.maxAbs} " +
                "${if (within) "are" else "are not"} within the tolerance",
        )
    }
    output.sheet?.let {
        if (!isSafePath(
                it.file,
            )
        ) {
            inconsistent("output.sheet.file: '${it.file}' is no plain relative path beside the report")
        }
    }
}

private fun checkSamples(report: Report) {
    val clips = report.clip.samplesS
    if (clips.size != report.protocol.repetitions) {
        inconsistent("clip.samples_s has ${clips.size} samples for ${report.protocol.repetitions} repetitions")
    }
    val firsts = report.firstFrame?.samplesS ?: return
    if (firsts.size != clips.size) {
        inconsistent("first_frame.samples_s has ${firsts.size} samples, the clip ${clips.size}")
    }
    firsts.zip(clips).forEachIndexed { index, (first, whole) ->
        if (first > whole * (1 + SLACK)) {
            inconsistent("first_frame.samples_s[$index] is $first, longer than its clip of $whole")
        }
    }
}

private fun checkRate(report: Report) {
    val derived = report.workload.frames / report.clip.p50S
    if (!agree(report.framesPerSecond, derived)) {
        inconsistent(
            "frames_per_second is ${report.framesPerSecond}, ${report.workload.frames} frames in " +
                "${report.clip.p50S} s are $derived",
        )
    }
}

private fun checkStages(report: Report) {
    firstRepeated(report.stages.map { it.graph })?.let { inconsistent("stages name '$it' twice") }
    val clips = report.clip.samplesS
    report.stages.forEachIndexed { index, stage ->
        if (stage.clip.samplesS.size != clips.size) {
            inconsistent(
                "stages[$index].clip.samples_s has ${stage.clip.samplesS.size} samples, the clip ${clips.size}",
            )
        }
    }
    if (report.protocol.stagesOverlap) return
    clips.forEachIndexed { index, whole ->
        val parts = report.stages.sumOf { it.clip.samplesS[index] }
        if (parts > whole * (1 + SLACK) + 1e-6) {
            inconsistent("stages add up to $parts s in clip $index, which took $whole s")
        }
    }
}

private fun agree(
    stated: Double,
    derived: Double,
): Boolean = abs(stated - derived) <= ABSOLUTE + RELATIVE * abs(derived)

private fun inconsistent(sentence: String): Nothing = throw ReportException(ReportCode.CONSISTENCY, "report: $sentence")
