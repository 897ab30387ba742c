package dev.h3ae.bundle.rules

import dev.h3ae.BundleCode.MANIFEST_REFERENCE
import dev.h3ae.bundle.Manifest

/** Further sizes differ from one another, and each is run as the bundle's own size is. */
internal fun checkSizes(manifest: Manifest) {
    val known = hashSetOf(manifest.video.height to manifest.video.width)
    manifest.sizes.forEachIndexed { index, size ->
        if (!known.add(size.height to size.width)) {
            violation(MANIFEST_REFERENCE, "sizes[$index] repeats ${size.height}x${size.width}")
        }
        val view = manifest.at(size.height, size.width)
        within("sizes[$index]") {
            checkVideo(view)
            checkSchedule(view)
            checkGolden(view)
        }
    }
}
