package dev.h3ae.android

import android.content.Context
import android.content.pm.PackageManager
import dev.h3ae.bundle.Artifact
import dev.h3ae.engine.Engine
import dev.h3ae.executorch.ExecuTorchEngine

// VK_API_VERSION_1_1: what ExecuTorch's Vulkan backend is written for.
private const val VULKAN_1_1 = 0x00401000
private const val VULKAN = "vulkan"

/**
 * The engines of this device, in order of preference. Which backend of an engine runs, Vulkan on
 * the GPU or XNNPACK on the CPU, follows from the bundle's order, from what is refused here, and
 * from the decoder's own self-test, which leaves a GPU that gives wrong frames.
 *
 * @param version of ExecuTorch's native library in this app, for reports: it does not tell it itself.
 */
public fun engines(
    context: Context,
    version: String,
): List<Engine> = listOf(DeviceEngine(ExecuTorchEngine(version), context.packageManager))

/** Refuses artifacts for a GPU that this device does not have, before anything is loaded. */
internal class DeviceEngine(
    private val engine: Engine,
    private val packages: PackageManager,
) : Engine by engine {
    override fun obstacle(artifact: Artifact): String? =
        if (artifact.backend == VULKAN && !hasVulkan()) {
            "this device has no Vulkan 1.1"
        } else {
            engine.obstacle(artifact)
        }

    private fun hasVulkan() = packages.hasSystemFeature(PackageManager.FEATURE_VULKAN_HARDWARE_VERSION, VULKAN_1_1)
}
