import Foundation

/// Work that several tasks wait for. One that is cancelled waits no longer, which is nothing to the
/// others; the last one takes the work with it, and waits for its end.
actor SharedTask<Value: Sendable> {
  private let task: Task<Value, any Error>
  private var waiters: [UUID: CheckedContinuation<Void, Never>] = [:]

  init(_ work: @escaping @Sendable () async throws -> Value) {
    task = Task { try await work() }
  }

  /// How many tasks wait.
  var waiting: Int { waiters.count }

  nonisolated var isCancelled: Bool { task.isCancelled }

  /// Waits for the result.
  ///
  /// - Returns: nil if the work was cancelled before anybody could wait: it has ended, and may be
  ///   begun anew.
  /// - Throws: what the work throws; `CancellationError` if the task that waits is cancelled.
  func value() async throws -> Value? {
    guard !task.isCancelled else {
      _ = await task.result
      try Task.checkCancellation()
      return nil
    }
    let id = UUID()
    Task { await end(id) }
    await withTaskCancellationHandler {
      await withCheckedContinuation { waiters[id] = $0 }
    } onCancel: {
      Task { await self.leave(id) }
    }
    try Task.checkCancellation()
    return try await task.value
  }

  /// Ends the work, whoever waits.
  nonisolated func cancel() { task.cancel() }

  /// Waits until nothing of the work goes on.
  nonisolated func ended() async { _ = await task.result }

  private func end(_ id: UUID) async {
    _ = await task.result
    waiters.removeValue(forKey: id)?.resume()
  }

  private func leave(_ id: UUID) {
    guard waiters[id] != nil else { return }
    if waiters.count == 1 {
      // Who asked sees the state in which it ends.
      task.cancel()
    } else {
      waiters.removeValue(forKey: id)?.resume()
    }
  }
}
