package dev.h3ae.android.device

import android.content.Context
import android.os.Build
import android.os.PowerManager

/** Heat: the state that the system declares, and how far from throttling it is. */
public class Thermal(
    context: Context,
) {
    private val power = checkNotNull(context.getSystemService(PowerManager::class.java))

    /** The state in the report's words; `unknown` before Android 10. */
    public val state: String
        get() {
            if (Build.VERSION.SDK_INT < Build.VERSION_CODES.Q) return UNKNOWN
            return when (power.currentThermalStatus) {
                PowerManager.THERMAL_STATUS_NONE -> "nominal"

                PowerManager.THERMAL_STATUS_LIGHT, PowerManager.THERMAL_STATUS_MODERATE -> "fair"

                PowerManager.THERMAL_STATUS_SEVERE -> "serious"

                PowerManager.THERMAL_STATUS_CRITICAL,
                PowerManager.THERMAL_STATUS_EMERGENCY,
                PowerManager.THERMAL_STATUS_SHUTDOWN,
                -> "critical"

                else -> UNKNOWN
            }
        }

    /**
     * Heat by [seconds] from now as a share of where severe throttling begins (1.0), if the device
     * tells. The system refuses to answer more often than once a second.
     */
    public fun headroom(seconds: Int = 0): Float? {
        if (Build.VERSION.SDK_INT < Build.VERSION_CODES.R) return null
        return power.getThermalHeadroom(seconds).takeUnless { it.isNaN() || it < 0 }
    }

    private companion object {
        const val UNKNOWN = "unknown"
    }
}
