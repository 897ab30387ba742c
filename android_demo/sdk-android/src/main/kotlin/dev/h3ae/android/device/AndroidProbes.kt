package dev.h3ae.android.device

import android.content.Context
import android.content.Intent
import android.content.IntentFilter
import android.os.BatteryManager
import android.os.Build
import android.os.PowerManager
import dev.h3ae.profile.LinuxMemory
import dev.h3ae.profile.Probes
import dev.h3ae.report.Device
import dev.h3ae.report.DeviceKind
import dev.h3ae.report.OperatingSystem
import dev.h3ae.report.Power
import dev.h3ae.report.ThermalState

// The smallest width of a tablet, in dp.
private const val TABLET_DP = 600

/** What an Android device tells about itself while a benchmark runs. */
public class AndroidProbes(
    private val context: Context,
) : Probes {
    private val heat = Thermal(context)
    private val powerManager = checkNotNull(context.getSystemService(PowerManager::class.java))

    override val device: Device =
        Device(
            kind = kind(),
            name = "${Build.MANUFACTURER.replaceFirstChar(Char::uppercase)} ${Build.MODEL}",
            model = Build.DEVICE.ifEmpty { Build.MODEL },
            processor = processor(),
            cores = Runtime.getRuntime().availableProcessors(),
            memoryBytes = SystemMemory(context).deviceBytes,
            os = OperatingSystem("Android", Build.VERSION.RELEASE, Build.DISPLAY.orEmpty()),
        )

    override val power: Power
        get() {
            val status = context.registerReceiver(null, IntentFilter(Intent.ACTION_BATTERY_CHANGED))
            return when (status?.getIntExtra(BatteryManager.EXTRA_PLUGGED, -1) ?: -1) {
                -1 -> Power.UNKNOWN
                0 -> Power.BATTERY
                else -> Power.MAINS
            }
        }

    override val lowPowerMode: Boolean get() = powerManager.isPowerSaveMode

    override val memoryMethod: String get() = "VmHWM"

    override fun thermal(): ThermalState = heat.state

    override fun residentBytes(): Long = LinuxMemory.residentBytes()

    override fun peakBytes(): Long = LinuxMemory.peakBytes()

    private fun kind(): DeviceKind =
        when {
            // Google's emulators; what runs on them says nothing about a phone.
            Build.HARDWARE in setOf("goldfish", "ranchu", "robolectric") -> DeviceKind.EMULATOR

            context.resources.configuration.smallestScreenWidthDp >= TABLET_DP -> DeviceKind.TABLET

            else -> DeviceKind.PHONE
        }

    private fun processor(): String {
        val known = Build.VERSION.SDK_INT >= Build.VERSION_CODES.S && Build.SOC_MODEL != Build.UNKNOWN
        return if (known) "${Build.SOC_MANUFACTURER} ${Build.SOC_MODEL}" else Build.HARDWARE.ifEmpty { Build.BOARD }
    }
}
