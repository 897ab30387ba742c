import H3AECoreML
import H3AEDemoCore
import H3AEKit
import XCTest

#if canImport(XCTestMetrics)
  import XCTestMetrics
#endif

/// Time, processor and memory of a clip, in Xcode's own metrics, and the report that
/// `h3ae-profile ios --xcresult` takes out of the result bundle.
final class PerformanceTests: XCTestCase {
  func testClip() throws {
    let decoder = try DeviceBundle.decoder()
    let latents = try decoder.bundle.golden().latents
    wait("load") { try await decoder.load() }
    let options = XCTMeasureOptions()
    options.iterationCount = 10
    measure(
      metrics: [XCTClockMetric(), XCTCPUMetric(), XCTMemoryMetric()], options: options
    ) {
      wait("decode") {
        for try await _ in decoder.frames(from: latents) {}
      }
    }
  }

  func testProfile() async throws {
    let bundle = try DeviceBundle.open()
    let profiler = Profiler(
      bundle: bundle, engines: [try CoreMLEngine()],
      plan: .init(repetitions: 20, target: "coreml"), probes: .device, isFreshProcess: false)
    let measurement = try await profiler.run { _, _, _ in }
    let report = try await ReportMaker.device(profiler).report(of: measurement)
    let attachment = XCTAttachment(
      data: try report.encoded(), uniformTypeIdentifier: "public.json")
    // The name is part of the contract: docs/profiling.md.
    attachment.name = "h3ae-profile-\(measurement.variant.target).json"
    attachment.lifetime = .keepAlways
    add(attachment)
    XCTAssertEqual(report.output?.passed, true)
  }

  /// Runs asynchronous work inside a block of Xcode's that is not.
  private func wait(_ name: String, _ work: @escaping @Sendable () async throws -> Void) {
    let done = expectation(description: name)
    Task {
      do {
        try await work()
      } catch {
        XCTFail("\(name): \(error)")
      }
      done.fulfill()
    }
    wait(for: [done], timeout: 600)
  }
}
