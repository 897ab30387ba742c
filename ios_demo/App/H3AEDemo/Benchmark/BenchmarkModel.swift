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
  private var hasMeasured = false

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
        // Set already, if the background was the reason.
        if case .running = phase { phase = .idle }
      } catch {
        phase = .failed(H3AEError(anyError: error))
      }
      UIApplication.shared.isIdleTimerDisabled = false
    }
  }

  func cancel() { task?.cancel() }

  /// In the background the system slows an app down, and keeps it from the GPU.
  func enterBackground() {
    guard case .running = phase else { return }
    cancel()
    phase = .failed(.leftForeground)
  }

  private func run() async throws -> Phase {
    // Before the studio has shown a clip, the first load of a process is a cold one.
    let isUnused = await library.decoder.state == .notLoaded
    let isFresh = library.isFirst && isUnused && !hasMeasured
    hasMeasured = true
    // Two decoders of one bundle would count each other's memory.
    await library.decoder.unload()
    let plan = Profiler.Plan(
      repetitions: repetitions, sustained: Double(sustainsForMinutes) * 60)
    let profiler = Profiler(
      bundle: library.bundle, engines: library.engines, plan: plan,
      probes: Reports.probes(of: library.engines),
      isFreshProcess: isFresh)
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

extension H3AEError {
  /// Why a measurement is of no use.
  static let leftForeground = H3AEError(
    .decodeState, "the measurement ended when the app left the foreground",
    advice: "start it again and keep the app open")
}
