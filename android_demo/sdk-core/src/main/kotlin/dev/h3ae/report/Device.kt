package dev.h3ae.report

import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable

/** Heat, in Apple's words; `docs/profiling.md` maps Android's to them. */
@Serializable
public enum class ThermalState {
    @SerialName("nominal")
    NOMINAL,

    @SerialName("fair")
    FAIR,

    @SerialName("serious")
    SERIOUS,

    @SerialName("critical")
    CRITICAL,

    @SerialName("unknown")
    UNKNOWN,
}

/** What was measured on. What an emulator measures says nothing about a phone: no gate passes it. */
@Serializable
public enum class DeviceKind {
    @SerialName("phone")
    PHONE,

    @SerialName("tablet")
    TABLET,

    @SerialName("computer")
    COMPUTER,

    @SerialName("emulator")
    EMULATOR,

    @SerialName("simulator")
    SIMULATOR,
}

/** What fed the device. */
@Serializable
public enum class Power {
    @SerialName("battery")
    BATTERY,

    @SerialName("mains")
    MAINS,

    @SerialName("unknown")
    UNKNOWN,
}

/**
 * The machine.
 *
 * @property name as its maker sells it.
 * @property model as the system calls it.
 * @property processor chip or processor, as far as the system tells.
 */
@Serializable
public data class Device(
    public val kind: DeviceKind,
    public val name: String,
    public val model: String,
    public val processor: String,
    public val cores: Int,
    public val memoryBytes: Long,
    public val os: OperatingSystem,
)

/** What runs the device. */
@Serializable
public data class OperatingSystem(
    public val name: String,
    public val version: String,
    public val build: String = "",
)

/** The runtime; [checker] says that it exists to check files and is slow by design. */
@Serializable
public data class EngineRecord(
    public val name: String,
    public val versions: Map<String, String>,
    public val computeUnits: String? = null,
    public val checker: Boolean = false,
)

/**
 * How the samples were taken.
 *
 * @property warmup clips decoded before the first sample.
 * @property repetitions clips measured.
 * @property threads of the runtime; null: its own choice.
 * @property pauseS rest between two clips.
 * @property isolated whether the process ran nothing else.
 * @property interleavedWith labels of the runs that took turns with this one.
 * @property stagesOverlap whether stages run at the same time.
 */
@Serializable
public data class Protocol(
    public val warmup: Int,
    public val repetitions: Int,
    public val threads: Int? = null,
    public val pauseS: Double = 0.0,
    public val isolated: Boolean,
    public val interleavedWith: List<String> = emptyList(),
    public val stagesOverlap: Boolean = false,
    public val power: Power,
    public val lowPowerMode: Boolean? = null,
    public val thermalBefore: ThermalState,
    public val thermalAfter: ThermalState,
    public val note: String = "",
)
