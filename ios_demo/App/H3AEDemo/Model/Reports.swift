import Foundation
import H3AECoreML
import H3AEDemoCore
import H3AEKit

/// Measurements of this device as files.
enum Reports {
  /// This device's probes, with Core ML's answer to whether a first load is still to come.
  static func probes(of engines: [any EngineFactory]) -> Probes {
    var probes = Probes.device
    if let engine = engines.lazy.compactMap({ $0 as? CoreMLEngine }).first {
      probes.isCompiled = { artifacts in
        for artifact in artifacts where artifact.target == engine.target {
          guard await engine.store.contains(sha256: artifact.sha256) else { return false }
        }
        return true
      }
    }
    return probes
  }

  /// Encodes the report of a measurement, with the plan of the units where Core ML has run.
  ///
  /// - Throws: `report.consistency` for figures that contradict each other.
  static func encoded(
    _ measurement: ProfileMeasurement, of profiler: Profiler
  ) async throws -> Data {
    let placement = await placement(measurement, in: profiler)
    let maker = await ReportMaker.device(profiler, placement: placement)
    return try maker.report(of: measurement).encoded()
  }

  /// nil where nobody tells: a report without it is as good for everything else.
  private static func placement(
    _ measurement: ProfileMeasurement, in profiler: Profiler
  ) async -> ProfileReport.Placement? {
    guard measurement.variant.target == "coreml",
      let engine = profiler.engines.lazy.compactMap({ $0 as? CoreMLEngine }).first
    else { return nil }
    let graphs = Set(measurement.clips.flatMap(\.stages.keys)).sorted()
    return try? await engine.placement(
      of: graphs, in: profiler.bundle, variant: measurement.variant)
  }
}
