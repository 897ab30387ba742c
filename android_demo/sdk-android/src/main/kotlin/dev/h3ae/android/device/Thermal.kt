package dev.h3ae.android.device

import android.content.Context
import android.os.Build
import android.os.PowerManager
import dev.h3ae.report.ThermalState

/** Heat: the state that the system declares, and how far from throttling it is. */
public class Thermal(
    context: Context,
) {
    private val power = checkNotNull(context.getSystemService(PowerManager::class.java))

    /** The state in the report's words; unknown before Android 10. */
    public val state: ThermalState
        get() {
            if (Build.VERSION.SDK_INT < Build.VERSION_CODES.Q) return ThermalState.UNKNOWN
            return when (power.currentThermalStatus) {
                PowerManager.THERMAL_STATUS_NONE -> ThermalState.NOMINAL

                PowerManager.THERMAL_STATUS_LIGHT, PowerManager.THERMAL_STATUS_MODERATE -> ThermalState.FAIR

                PowerManager.THERMAL_STATUS_SEVERE -> ThermalState.SERIOUS

                PowerManager.THERMAL_STATUS_CRITICAL,
                PowerManager.THERMAL_STATUS_EMERGENCY,
                PowerManager.THERMAL_STATUS_SHUTDOWN,
                -> ThermalState.CRITICAL

                else -> ThermalState.UNKNOWN
            }
        }

    /**
     * Heat in [seconds] from now as a share of where severe throttling begins (1.0); null before
     * Android 11 and on devices that do not tell. The system answers once a second at most.
     */
    public fun headroom(seconds: Int = 0): Float? {
        if (Build.VERSION.SDK_INT < Build.VERSION_CODES.R) return null
        return power.getThermalHeadroom(seconds).takeUnless { it.isNaN() || it <= 0 }
    }
}
