import Foundation
import H3AEDemoCore
import H3AEKit
import Observation
import UIKit

/// The profile that `h3ae-profile ios` starts by launch arguments and follows by files
/// (`docs/profiling.md`).
@MainActor
@Observable
final class CommandLineProfile {
  private(set) var status: ProfileStatus
  private let request: Result<LaunchRequest, H3AEError>
  private let outbox = AppFolders.profile
  private let run: String
  private var task: Task<Void, any Error>?

  /// nil if the arguments ask for no profile.
  init?(arguments: [String]) {
    do {
      guard let request = try LaunchRequest(arguments: arguments) else { return nil }
      self.request = .success(request)
      run = request.run
    } catch {
      self.request = .failure(H3AEError(anyError: error))
      run = LaunchRequest.run(of: arguments)
    }
    status = ProfileStatus(.running, step: "start", done: 0, total: 0, run: run)
  }

  func run() async {
    UIApplication.shared.isIdleTimerDisabled = true
    outbox.clear()
    let task = Task { try await measure(try request.get()) }
    self.task = task
    do {
      try await task.value
      tell(.done, "done", status.total, status.total)
    } catch {
      fail(H3AEError(anyError: error))
    }
    UIApplication.shared.isIdleTimerDisabled = false
  }

  /// In the background the system slows an app down, and keeps it from the GPU: figures from there
  /// are none. Told at once, since the app may be suspended next.
  func enterBackground() {
    fail(.leftForeground)
    task?.cancel()
  }

  private func measure(_ request: LaunchRequest) async throws {
    tell(.running, "open the bundle", 0, request.repetitions)
    let home = URL(fileURLWithPath: NSHomeDirectory(), isDirectory: true)
    let url = try request.bundleURL(home: home)
    let bundle = try await Library.verified(url)
    let engines = try await Library.engines(for: bundle, target: request.target)
    let plan = Profiler.Plan(
      repetitions: request.repetitions, warmup: request.warmup, sustained: request.sustained,
      target: request.target, precision: request.precision)
    let profiler = Profiler(
      bundle: bundle, engines: engines, plan: plan,
      probes: Reports.probes(of: engines),
      // Core AI has decoded the golden latents by now, to be trusted.
      isFreshProcess: !engines.contains { $0.target == "coreai" })
    let measurement = try await profiler.run { [weak self] step, done, total in
      Task { @MainActor in self?.tell(.running, step, done, total) }
    }
    let report = try await Reports.encoded(measurement, of: profiler)
    try Task.checkCancellation()
    // The report before the status that says it is there.
    try outbox.write(report: report)
  }

  private func fail(_ error: H3AEError) {
    tell(.failed, status.step, status.done, status.total, message: error.description)
  }

  private func tell(
    _ state: ProfileStatus.State, _ step: String, _ done: Int, _ total: Int,
    message: String? = nil
  ) {
    // Late news of a step must not follow the end.
    guard status.state == .running else { return }
    status = ProfileStatus(
      state, step: step, done: done, total: total, message: message, run: run)
    try? outbox.write(status)
  }
}
