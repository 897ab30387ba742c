package dev.h3ae.bundle.rules

import dev.h3ae.BundleCode
import dev.h3ae.BundleException
import dev.h3ae.bundle.Manifest

/** Rules between the parts of a manifest, which JSON Schema cannot tell; the message starts with the field at fault. */
internal fun checkManifest(manifest: Manifest) {
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

internal fun violation(
    code: BundleCode,
    message: String,
): Nothing = throw BundleException(code, PREFIX + message)

internal const val PREFIX = "manifest: "

internal fun firstRepeated(names: Iterable<String>): String? {
    val seen = HashSet<String>()
    return names.firstOrNull { !seen.add(it) }
}
