package dev.h3ae.testing

import dev.h3ae.profile.LinuxMemory
import dev.h3ae.profile.Probes
import dev.h3ae.report.Device
import dev.h3ae.report.DeviceKind
import dev.h3ae.report.OperatingSystem
import dev.h3ae.report.Power
import dev.h3ae.report.ThermalState

/** The machine that runs the tests. */
object HostProbes : Probes {
    override val device =
        Device(
            DeviceKind.COMPUTER,
            "test machine",
            System.getProperty("os.arch"),
            System.getProperty("os.arch"),
            Runtime.getRuntime().availableProcessors(),
            checkNotNull(LinuxMemory.availableBytes()),
            OperatingSystem(System.getProperty("os.name"), System.getProperty("os.version")),
        )
    override val power = Power.UNKNOWN
    override val lowPowerMode: Boolean? = null
    override val memoryMethod = "VmHWM"

    override fun thermal(): ThermalState = ThermalState.UNKNOWN

    override fun residentBytes(): Long = LinuxMemory.residentBytes()

    override fun peakBytes(): Long = LinuxMemory.peakBytes()
}
