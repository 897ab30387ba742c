import Foundation
import H3AEDemoCore
import H3AEKit
import Observation
import UIKit

/// The benchmark that a person starts by hand.
@MainActor
@Observable
final class BenchmarkModel {
  enum Phase {
    case idle
    case running(step: String, done: Int, total: Int)
    case done(ProfileMeasurement, report: URL)
    case failed(H3AEError)
  }

  let library: Library
  private(set) var phase = Phase.idle
  var repetitions = 20
  var sustainsForMinutes = 0
  private var task: Task<Void, Never>?
  /// The screen's process has shown clips before, so its loads are never cold.
  private let isFreshProcess = false

  init(library: Library) { self.library = library }

  func start() {
    task?.cancel()
    phase = .running(step: "load", done: 0, total: repetitions)
    // A screen that locks ends a measurement.
    UIApplication.shared.isIdleTimerDisabled = true
    task = Task {
      do {
        phase = try await run()
      } catch is CancellationError {
        phase = .idle
      } catch {
        phase = .failed(H3AEError(anyError: error))
      }
      UIApplication.shared.isIdleTimerDisabled = false
    }
  }

  func cancel() { task?.cancel() }

  private func run() async throws -> Phase {
    // Two decoders of one bundle would count each other's memory.
    await library.decoder.unload()
    let plan = Profiler.Plan(
      repetitions: repetitions, sustained: Double(sustainsForMinutes) * 60)
    let profiler = Profiler(
      bundle: library.bundle, engines: library.engines, plan: plan,
      probes: Reports.probes(of: library.bundle, library.engines),
      isFreshProcess: isFreshProcess)
    let measurement = try await profiler.run { [weak self] step, done, total in
      Task { @MainActor in self?.report(step, done, total) }
    }
    let outbox = AppFolders.reports
    try outbox.write(
      report: await Reports.encoded(measurement, of: profiler))
    return .done(measurement, report: outbox.report)
  }

  private func report(_ step: String, _ done: Int, _ total: Int) {
    guard case .running = phase else { return }
    phase = .running(step: step, done: done, total: total)
  }
}
