package dev.h3ae.bundle.rules

import dev.h3ae.BundleCode
import dev.h3ae.BundleException
import dev.h3ae.bundle.Manifest

/** Rules between the parts of a manifest, which JSON Schema cannot tell; the message starts with the field at fault. */
internal fun checkManifest(manifest: Manifest): Unit =
    within("manifest") {
        checkModel(manifest)
        manifest.graphs.forEach { (name, graph) -> checkGraph(name, graph) }
        manifest.artifacts.forEachIndexed { index, artifact -> checkParity("artifacts[$index]", artifact) }
        checkPaths(manifest)
        checkVideo(manifest)
        checkSchedule(manifest)
        checkSizes(manifest)
        checkArtifacts(manifest)
        checkFiles(manifest)
        checkMemory(manifest)
        checkGolden(manifest)
    }

/** Says of a violation in which part it lies. */
internal inline fun within(
    part: String,
    rules: () -> Unit,
) {
    try {
        rules()
    } catch (error: BundleException) {
        throw BundleException(error.reason, "$part: ${error.sentence}", error.wayOut, error)
    }
}

internal fun violation(
    code: BundleCode,
    message: String,
): Nothing = throw BundleException(code, message)

internal fun firstRepeated(names: Iterable<String>): String? {
    val seen = HashSet<String>()
    return names.firstOrNull { !seen.add(it) }
}
