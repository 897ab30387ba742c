extension ProfileReport {
  /// The machine.
  public struct Device: Sendable, Equatable, Encodable {
    /// What an emulator or a simulator measures says nothing about a phone: no gate passes it.
    public enum Kind: String, Sendable, CaseIterable, Encodable {
      case phone, tablet, computer, emulator, simulator
    }

    public struct OperatingSystem: Sendable, Equatable, Encodable {
      public let name: String
      public let version: String
      public let build: String

      public init(name: String, version: String, build: String = "") {
        self.name = name
        self.version = version
        self.build = build
      }
    }

    public let kind: Kind
    /// As its maker sells it.
    public let name: String
    /// As the system calls it, for instance `iPhone17,2`.
    public let model: String
    /// Chip or processor, as far as the system tells.
    public let processor: String
    public let cores: Int
    public let memoryBytes: Int
    public let os: OperatingSystem

    public init(
      kind: Kind, name: String, model: String, processor: String, cores: Int, memoryBytes: Int,
      os: OperatingSystem
    ) {
      self.kind = kind
      self.name = name
      self.model = model
      self.processor = processor
      self.cores = cores
      self.memoryBytes = memoryBytes
      self.os = os
    }

    private enum CodingKeys: String, CodingKey {
      case kind, name, model, processor, cores
      case memoryBytes = "memory_bytes"
      case os
    }
  }

  /// The runtime.
  public struct Engine: Sendable, Equatable, Encodable {
    /// The target.
    public let name: String
    /// Of everything that took part.
    public let versions: [String: String]
    /// That were asked for; `placement` tells which ran.
    public let computeUnits: String?
    /// The runtime exists to check files and is slow by design: its times pass no gate.
    public let checker: Bool

    public init(
      name: String, versions: [String: String], computeUnits: String?, checker: Bool = false
    ) {
      self.name = name
      self.versions = versions
      self.computeUnits = computeUnits
      self.checker = checker
    }

    private enum CodingKeys: String, CodingKey {
      case name, versions
      case computeUnits = "compute_units"
      case checker
    }
  }

  /// Apple's words, of all systems.
  public enum ThermalState: String, Sendable, CaseIterable, Encodable {
    case nominal, fair, serious, critical, unknown
  }

  public enum Power: String, Sendable, CaseIterable, Encodable {
    case battery, mains, unknown
  }

  /// How the samples were taken.
  public struct ProtocolRecord: Sendable, Equatable, Encodable {
    /// Clips decoded before the first sample.
    public var warmup: Int
    /// Clips measured.
    public var repetitions: Int
    /// Of the runtime; nil: its own choice.
    public var threads: Int?
    /// Rest between two clips, in seconds.
    public var pause = 0.0
    /// Whether the process ran nothing else.
    public var isolated: Bool
    /// Labels of the runs that took turns with this one.
    public var interleavedWith: [String] = []
    /// Whether stages run at the same time, so that they may add up to more than the clip.
    public var stagesOverlap = false
    public var power: Power
    /// nil where the system has none or does not tell.
    public var lowPowerMode: Bool?
    public var thermalBefore: ThermalState
    public var thermalAfter: ThermalState
    /// Whatever else a reader should know.
    public var note = ""

    public init(
      warmup: Int, repetitions: Int, threads: Int?, isolated: Bool, power: Power,
      lowPowerMode: Bool?, thermalBefore: ThermalState, thermalAfter: ThermalState
    ) {
      self.warmup = warmup
      self.repetitions = repetitions
      self.threads = threads
      self.isolated = isolated
      self.power = power
      self.lowPowerMode = lowPowerMode
      self.thermalBefore = thermalBefore
      self.thermalAfter = thermalAfter
    }

    private enum CodingKeys: String, CodingKey {
      case warmup, repetitions, threads
      case pause = "pause_s"
      case isolated
      case interleavedWith = "interleaved_with"
      case stagesOverlap = "stages_overlap"
      case power
      case lowPowerMode = "low_power_mode"
      case thermalBefore = "thermal_before"
      case thermalAfter = "thermal_after"
      case note
    }
  }
}

extension ProfileReport.Device {
  init(_ fields: inout FieldReader) throws {
    kind = try fields.required("kind").word()
    name = try fields.required("name").label()
    model = try fields.required("model").label()
    processor = try fields.required("processor").label()
    cores = try fields.required("cores").integer(1...4096)
    memoryBytes = try fields.required("memory_bytes").memoryBytes()
    os = try fields.required("os").record { try OperatingSystem(&$0) }
  }
}

extension ProfileReport.Device.OperatingSystem {
  init(_ fields: inout FieldReader) throws {
    name = try fields.required("name").label()
    version = try fields.required("version").label()
    build = try fields.ifPresent("build")?.string(0...200) ?? ""
  }
}

extension ProfileReport.Engine {
  init(_ fields: inout FieldReader) throws {
    name = try fields.required("name").string(.identifier)
    versions = try fields.required("versions").versions()
    computeUnits = try fields.optional("compute_units")?.string(.identifier)
    checker = try fields.ifPresent("checker")?.boolean() ?? false
  }
}

extension ProfileReport.ProtocolRecord {
  init(_ fields: inout FieldReader) throws {
    warmup = try fields.required("warmup").integer(0...100_000)
    repetitions = try fields.required("repetitions").count()
    threads = try fields.optional("threads")?.integer(1...4096)
    pause = try fields.ifPresent("pause_s")?.moment() ?? 0
    isolated = try fields.required("isolated").boolean()
    interleavedWith =
      try fields.ifPresent("interleaved_with")?.array(0...64) { try $0.label() } ?? []
    stagesOverlap = try fields.ifPresent("stages_overlap")?.boolean() ?? false
    power = try fields.required("power").word()
    lowPowerMode = try fields.optional("low_power_mode")?.boolean()
    thermalBefore = try fields.required("thermal_before").word()
    thermalAfter = try fields.required("thermal_after").word()
    note = try fields.ifPresent("note")?.string() ?? ""
  }
}
