package dev.h3ae.bundle.rules

import dev.h3ae.BundleCode.MANIFEST_PARITY
import dev.h3ae.BundleCode.MANIFEST_REFERENCE
import dev.h3ae.BundleCode.PATH_DUPLICATE
import dev.h3ae.BundleCode.PATH_ESCAPE
import dev.h3ae.bundle.Artifact
import dev.h3ae.bundle.Golden
import dev.h3ae.bundle.Kind
import dev.h3ae.bundle.Manifest
import dev.h3ae.bundle.isSafePath
import java.util.Locale

/** A file is verified exactly if it has a parity record, which must have passed. */
internal fun checkParity(
    where: String,
    artifact: Artifact,
) {
    val parity = artifact.parity
    if (artifact.verified &&
        parity == null
    ) {
        violation(MANIFEST_PARITY, "$where: verified, but there is no parity record")
    }
    if (parity == null) return
    if (!artifact.verified) violation(MANIFEST_PARITY, "$where: a parity record, but not verified")
    if (parity.worstPsnrDb < parity.thresholdDb) {
        violation(
            MANIFEST_PARITY,
            "$where: worst frame ${parity.worstPsnrDb} dB misses the threshold of ${parity.thresholdDb} dB",
        )
    }
}

/** Every path is plain, relative and in its folder. */
internal fun checkPaths(manifest: Manifest) {
    manifest.artifacts.forEachIndexed {
        index,
        artifact,
        ->
        checkInside("artifacts[$index].file", artifact.file, "artifacts")
    }
    manifest.golden?.let { checkPaths("golden", it) }
    manifest.sizes.forEachIndexed { index, size ->
        size.golden?.let { checkPaths("sizes[$index].golden", it) }
    }
}

private fun checkPaths(
    where: String,
    golden: Golden,
) {
    checkInside("$where.latents.file", golden.latents.file, "golden")
    checkInside("$where.frames.file", golden.frames.file, "golden")
    golden.image?.let { checkInside("$where.image.file", it.file, "golden") }
}

private fun checkInside(
    where: String,
    file: String,
    folder: String,
) {
    if (!isSafePath(file) || !file.startsWith("$folder/")) {
        violation(PATH_ESCAPE, "$where: '$file' is not a plain relative path inside $folder/")
    }
}

/** Graphs, states and images exist; no two artifacts answer the same request. */
internal fun checkArtifacts(manifest: Manifest) {
    val keys = HashSet<List<String>>()
    manifest.artifacts.forEachIndexed { index, artifact ->
        val where = "artifacts[$index]"
        val graph =
            manifest.graphs[artifact.graph]
                ?: violation(MANIFEST_REFERENCE, "$where.graph: no graph '${artifact.graph}'")
        val key = listOf(artifact.target, artifact.backend, artifact.graph, artifact.precision)
        if (!keys.add(key)) violation(MANIFEST_REFERENCE, "$where repeats ${key.joinToString("/")}")
        artifact.states.firstOrNull { state -> graph.inputs.none { it.kind == Kind.CACHE && it.name == state } }?.let {
            violation(MANIFEST_REFERENCE, "$where.states: '${artifact.graph}' has no '$it'")
        }
        artifact.imageOutputs
            .firstOrNull { image ->
                graph.outputs.none { it.kind == Kind.FRAMES && it.name == image }
            }?.let {
                violation(MANIFEST_REFERENCE, "$where.image_outputs: '${artifact.graph}' has no '$it'")
            }
    }
}

/** Every file is listed once for each entry, also on file systems that ignore case. */
internal fun checkFiles(manifest: Manifest) {
    checkSharedFiles(manifest.artifacts)
    val files = manifest.artifacts.map { it.file }.distinct() + manifest.goldenFiles.map { it.file }
    val places = files.map { it.lowercase(Locale.ROOT) }
    firstRepeated(places)?.let { violation(PATH_DUPLICATE, "two entries name '$it' (ignoring case)") }
    val taken = places.toSet()
    files.zip(places).forEach { (file, place) ->
        val parents =
            generateSequence(place.substringBeforeLast('/')) {
                it.substringBeforeLast('/', "")
            }.takeWhile { it.isNotEmpty() }
        parents.firstOrNull { it in taken }?.let { violation(PATH_DUPLICATE, "'$file' lies inside the artifact '$it'") }
    }
}

/** Several artifacts may be functions of one file, whose content is then stated alike. */
private fun checkSharedFiles(artifacts: List<Artifact>) {
    val entries = HashSet<Pair<String, String>>()
    val contents = HashMap<String, Pair<Long, String>>()
    artifacts.forEachIndexed { index, artifact ->
        val where = "artifacts[$index].file"
        if (!entries.add(artifact.file to artifact.entry)) {
            violation(PATH_DUPLICATE, "$where: '${artifact.file}' is listed twice with entry '${artifact.entry}'")
        }
        val content = artifact.bytes to artifact.sha256
        if (contents.getOrPut(artifact.file) { content } != content) {
            violation(PATH_DUPLICATE, "$where: '${artifact.file}' is listed with two contents")
        }
    }
}
