package dev.h3ae.profile

import dev.h3ae.report.Device
import dev.h3ae.report.Power
import dev.h3ae.report.ThermalState

/** What the device tells about itself while a benchmark runs. */
public interface Probes {
    /** The machine. */
    public val device: Device

    /** What fed it. */
    public val power: Power

    /** Whether the system saves power; null where it does not tell. */
    public val lowPowerMode: Boolean?

    /** What [residentBytes] and [peakBytes] read, for instance `VmHWM`. */
    public val memoryMethod: String

    /** Heat now. */
    public fun thermal(): ThermalState

    /** Memory of the process now, in bytes. */
    public fun residentBytes(): Long

    /** Highest memory of the process so far, in bytes. */
    public fun peakBytes(): Long
}
