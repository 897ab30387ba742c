package dev.h3ae.android

import android.app.ActivityManager
import android.os.PowerManager
import androidx.test.ext.junit.runners.AndroidJUnit4
import dev.h3ae.android.device.SystemMemory
import dev.h3ae.android.device.Thermal
import dev.h3ae.bundle.Artifact
import dev.h3ae.report.ThermalState
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf

/** What the device tells of itself. */
@RunWith(AndroidJUnit4::class)
class DeviceTest {
    private val context = RuntimeEnvironment.getApplication()

    @Test
    fun `the system's thermal states are the report's`() {
        val power = shadowOf(context.getSystemService(PowerManager::class.java))
        val states =
            mapOf(
                PowerManager.THERMAL_STATUS_NONE to ThermalState.NOMINAL,
                PowerManager.THERMAL_STATUS_MODERATE to ThermalState.FAIR,
                PowerManager.THERMAL_STATUS_SEVERE to ThermalState.SERIOUS,
                PowerManager.THERMAL_STATUS_SHUTDOWN to ThermalState.CRITICAL,
            )
        for ((status, state) in states) {
            power.setCurrentThermalStatus(status)
            assertEquals(state, Thermal(context).state)
        }
    }

    @Test
    fun `memory ends where the system begins to end processes`() {
        val info = ActivityManager.MemoryInfo()
        info.availMem = 3L shl 30
        info.threshold = 1L shl 30
        info.totalMem = 8L shl 30
        shadowOf(context.getSystemService(ActivityManager::class.java)).setMemoryInfo(info)
        assertEquals(2L shl 30, SystemMemory(context).availableBytes())
        assertEquals(8L shl 30, SystemMemory(context).deviceBytes)
        assertTrue(SystemMemory(context).tensorBytes() in 1..Runtime.getRuntime().maxMemory())
    }

    @Test
    fun `an artifact for a GPU is refused on a device without one`() {
        val artifact =
            Artifact(
                target = "executorch",
                backend = "vulkan",
                graph = "decoder_frame",
                precision = "fp32",
                delegates = mapOf("VulkanBackend" to 1),
                file = "artifacts/h3ae-vulkan-fp32.pte",
                bytes = 1,
                sha256 = "0".repeat(64),
                verified = true,
            )
        val engine = engines(context, version = "test").single()
        assertEquals("this device has no Vulkan 1.1", engine.obstacle(artifact))
    }
}
