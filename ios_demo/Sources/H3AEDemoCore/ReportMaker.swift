import Foundation
import H3AEDevice
import H3AEKit

/// Turns a measurement into the report that Python, Swift and Kotlin share.
public struct ReportMaker: Sendable {
  /// What stays the same during a measurement.
  public struct Setting: Sendable {
    public var device: ProfileReport.Device
    public var power: ProfileReport.Power
    public var lowPowerMode: Bool?
    /// Who read the memory: `phys_footprint` on Apple's systems.
    public var memoryMethod: String

    public init(
      device: ProfileReport.Device, power: ProfileReport.Power, lowPowerMode: Bool?,
      memoryMethod: String
    ) {
      self.device = device
      self.power = power
      self.lowPowerMode = lowPowerMode
      self.memoryMethod = memoryMethod
    }
  }

  /// Who writes these reports.
  public static let tools = ["h3ae-kit": KitVersion.current]

  public let profiler: Profiler
  public let setting: Setting
  /// Which unit runs what, where the runtime tells.
  public var placement: ProfileReport.Placement?

  public init(
    profiler: Profiler, setting: Setting, placement: ProfileReport.Placement? = nil
  ) {
    self.profiler = profiler
    self.setting = setting
    self.placement = placement
  }

  /// - Throws: `report.consistency` for a measurement without clips.
  public func report(of measurement: ProfileMeasurement) throws -> ProfileReport {
    guard !measurement.clips.isEmpty else {
      throw H3AEError(.reportConsistency, "nothing was measured")
    }
    let manifest = profiler.bundle.manifest
    let variant = measurement.variant
    var report = ProfileReport(
      label: "\(manifest.name) \(variant) on \(setting.device.name)",
      createdBy: Self.tools,
      subject: .init(
        bundle: manifest.name, bundleSHA256: try profiler.bundle.sha256(),
        model: manifest.model.name, target: variant.target, backend: variant.backend,
        precision: variant.precision),
      workload: workload(measurement), device: setting.device, engine: engine(variant),
      protocol: conditions(measurement), load: load(measurement),
      clip: Distribution(samples: measurement.clips.map(\.whole)))
    report.firstFrame = Distribution(samples: measurement.clips.map(\.firstFrame))
    report.stages = stages(measurement.clips)
    report.placement = placement
    report.memory = measurement.memory.map(memory)
    report.sustained = sustained(measurement.sustained)
    if let golden = measurement.golden,
      let tolerance = manifest.golden?.tolerance[variant.precision]
    {
      report.output = .init(golden, tolerance: tolerance)
    }
    return report
  }

  private func workload(_ measurement: ProfileMeasurement) -> ProfileReport.Workload {
    let manifest = profiler.bundle.manifest
    let framesPerCall =
      measurement.mode == .clip
      ? manifest.schedule.clip?.framesPerCall : manifest.schedule.stream?.framesPerCall
    return .init(
      mode: measurement.mode == .clip ? .clip : .stream, frames: measurement.frames,
      height: manifest.video.height, width: manifest.video.width,
      framesPerCall: framesPerCall ?? 1)
  }

  private func engine(_ variant: Variant) -> ProfileReport.Engine {
    let factory = profiler.engines.first { $0.target == variant.target }
    return .init(
      name: variant.target, versions: factory?.versions ?? [variant.target: "unknown"],
      computeUnits: variant.units.rawValue)
  }

  private func conditions(_ measurement: ProfileMeasurement) -> ProfileReport.ProtocolRecord {
    var conditions = ProfileReport.ProtocolRecord(
      warmup: profiler.plan.warmup, repetitions: measurement.clips.count, threads: nil,
      isolated: profiler.isFreshProcess, power: setting.power,
      lowPowerMode: setting.lowPowerMode,
      thermalBefore: .init(rawValue: measurement.thermalBefore) ?? .unknown,
      thermalAfter: .init(rawValue: measurement.thermalAfter) ?? .unknown)
    conditions.note = measurement.note
    return conditions
  }

  private func load(_ measurement: ProfileMeasurement) -> ProfileReport.Loads {
    var loads = ProfileReport.Loads()
    loads.first = measurement.firstLoad
    loads.cold = measurement.coldLoad.map { Distribution(samples: [$0]) }
    if !measurement.warmLoads.isEmpty { loads.warm = Distribution(samples: measurement.warmLoads) }
    loads.firstClip = measurement.firstClip
    loads.method =
      "graphs opened in the app's process; without the golden self-test; the page cache is as it was"
    return loads
  }

  /// Graphs that every clip has called, as often.
  private func stages(_ clips: [ClipTimes]) -> [ProfileReport.Stage] {
    guard let first = clips.first else { return [] }
    return first.stages.keys.sorted().compactMap { graph in
      let times = clips.compactMap { $0.stages[graph] }
      guard times.count == clips.count, let calls = times.first?.calls,
        times.allSatisfy({ $0.calls == calls })
      else { return nil }
      return .init(graph: graph, calls: calls, clip: Distribution(samples: times.map(\.seconds)))
    }
  }

  private func memory(_ trace: MemoryTrace) -> ProfileReport.Memory {
    .init(
      method: setting.memoryMethod, baseBytes: trace.base, peakBytes: trace.peak,
      samples: trace.samples.map { .init(at: $0.at, bytes: $0.bytes) })
  }

  private func sustained(_ intervals: [SustainedInterval]) -> ProfileReport.Sustained? {
    guard !intervals.isEmpty else { return nil }
    return .init(
      intervals: intervals.map {
        .init(
          start: $0.start, duration: $0.seconds, frames: $0.frames,
          thermal: .init(rawValue: $0.thermal) ?? .unknown, memoryBytes: $0.memory)
      })
  }
}

#if canImport(UIKit)
  extension ReportMaker {
    /// For a measurement on this device.
    @MainActor
    public static func device(
      _ profiler: Profiler, placement: ProfileReport.Placement? = nil
    ) -> ReportMaker {
      ReportMaker(
        profiler: profiler,
        setting: Setting(
          device: device, power: .init(rawValue: DeviceProbe.power()) ?? .unknown,
          lowPowerMode: DeviceProbe.isLowPowerModeEnabled(), memoryMethod: "phys_footprint"),
        placement: placement)
    }

    @MainActor
    private static var device: ProfileReport.Device {
      let process = ProcessInfo.processInfo
      let model = DeviceProbe.model()
      let kind: ProfileReport.Device.Kind =
        DeviceProbe.isSimulator ? .simulator : DeviceProbe.isTablet ? .tablet : .phone
      return .init(
        kind: kind,
        // Apps are told no better name than the model.
        name: model, model: model, processor: "unknown",
        cores: process.activeProcessorCount, memoryBytes: Int(clamping: process.physicalMemory),
        os: .init(
          name: DeviceProbe.systemName, version: DeviceProbe.version(),
          build: DeviceProbe.build()))
    }
  }
#endif
