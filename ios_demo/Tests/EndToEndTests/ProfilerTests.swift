import Foundation
import H3AEDemoCore
import H3AEKit
import H3AEOnnxRuntime
import Synchronization
import Testing

/// The app's profiler over a real runtime: what it measures holds together and is a report.
@Suite struct ProfilerTests {
  private static let device = ProfileReport.Device(
    kind: .computer, name: "test", model: "test", processor: "test", cores: 2,
    memoryBytes: 1 << 34, os: .init(name: "Linux", version: "12"))

  private static func profiler(_ plan: Profiler.Plan) throws -> Profiler {
    Profiler(
      bundle: try Fixtures.bundle(), engines: [OnnxEngine()], plan: plan,
      probes: Probes(footprint: residentBytes, thermalState: { "nominal" }),
      isFreshProcess: true)
  }

  /// VmRSS of /proc/self/status.
  @Sendable private static func residentBytes() -> Int? {
    let text = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = text?.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
    return line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first
      .flatMap { Int($0) }.map { $0 * 1024 }
  }

  @Test func aMeasurementBecomesAReport() async throws {
    let profiler = try Self.profiler(
      .init(repetitions: 3, warmup: 1, sustained: 3, warmLoads: 1))
    let steps = Mutex<[String]>([])
    let measurement = try await profiler.run { step, _, _ in steps.withLock { $0.append(step) } }

    #expect(measurement.clips.count == 3)
    #expect(measurement.frames == profiler.bundle.manifest.schedule.clip?.frames)
    for clip in measurement.clips {
      #expect(clip.firstFrame > 0 && clip.firstFrame < clip.whole)
      #expect(clip.stages.values.reduce(0) { $0 + $1.seconds } <= clip.whole)
      let frame = try #require(profiler.bundle.manifest.schedule.clip?.frame)
      #expect(clip.stages[frame]?.calls == measurement.frames)
    }
    #expect(measurement.coldLoad != nil && measurement.firstLoad == nil)
    #expect(measurement.warmLoads.count == 1)
    #expect(!measurement.sustained.isEmpty)
    let memory = try #require(measurement.memory)
    #expect(memory.peak > memory.base && memory.samples.count > 3)
    let order = steps.withLock { $0 }.reduce(into: [String]()) { list, step in
      if list.last != step { list.append(step) }
    }
    #expect(
      order == ["load", "first clip", "warm up", "measure", "sustain", "check the output"])

    let maker = ReportMaker(
      profiler: profiler,
      setting: .init(
        device: Self.device, power: .mains, lowPowerMode: nil, memoryMethod: "VmRSS"))
    // `encoded` reads what it has written, with every rule of the format.
    let data = try maker.report(of: measurement).encoded()
    let report = try ProfileReport(parsing: data)
    #expect(report.output?.passed == true)
    #expect(try report.subject.bundleSHA256 == profiler.bundle.sha256())
    #expect(report.stages.count == 2)
    #expect(report.engine.name == "onnx")
    let folder = Fixtures.folder.appendingPathComponent("swift")
    try ProfileOutbox(folder: folder).write(report: data)
  }

  /// The bundle holds graphs of streams and encoders as well, which the load leaves alone.
  @Test func aLoadIsAFirstOneByTheFilesThatItOpens() async throws {
    let asked = Mutex<[String]>([])
    var probes = Probes(footprint: Self.residentBytes, thermalState: { "nominal" })
    probes.isCompiled = { artifacts in
      asked.withLock { $0 = artifacts.map { "\($0.target) \($0.graph)" } }
      return false
    }
    let bundle = try Fixtures.bundle()
    let profiler = Profiler(
      bundle: bundle, engines: [OnnxEngine()],
      plan: .init(repetitions: 1, warmup: 0, warmLoads: 0), probes: probes, isFreshProcess: true)
    let measurement = try await profiler.run { _, _, _ in }
    #expect(measurement.firstLoad != nil && measurement.coldLoad == nil)
    let clip = try #require(bundle.manifest.schedule.clip)
    #expect(asked.withLock { $0 } == ["onnx \(clip.temporal)", "onnx \(clip.frame)"])
  }

  @Test func aCancelledMeasurementStops() async throws {
    let profiler = try Self.profiler(.init(repetitions: 1000))
    let task = Task { try await profiler.run { _, _, _ in } }
    try await Task.sleep(for: .seconds(1))
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }

  @Test func figuresNameWhatWasMeasured() async throws {
    let profiler = try Self.profiler(.init(repetitions: 2, warmup: 0, warmLoads: 0))
    let measurement = try await profiler.run { _, _, _ in }
    let groups = FigureGroup.groups(of: measurement)
    #expect(groups.map(\.title) == ["Clip", "Load", "Device"])
    let names = groups.flatMap(\.figures).map(\.name)
    #expect(Set(names).count == names.count)
    #expect(names.contains("Worst golden frame") && names.contains("Cold load"))
    #expect(!names.contains("Warm load") && !names.contains("First load"))
  }
}
