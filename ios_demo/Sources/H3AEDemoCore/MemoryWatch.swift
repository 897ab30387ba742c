import H3AEKit
import Synchronization

/// Reads the memory of the process every few milliseconds while something else runs.
public final class MemoryWatch: Sendable {
  private let footprint: @Sendable () -> Int?
  private let trace: Mutex<MemoryTrace?>
  private let start = ContinuousClock.now

  /// Takes the base now.
  public init(footprint: @escaping @Sendable () -> Int?) {
    self.footprint = footprint
    trace = Mutex(footprint().map { MemoryTrace(base: $0, peak: $0, samples: []) })
  }

  /// Reads once.
  public func sample() {
    guard let bytes = footprint() else { return }
    let at = (ContinuousClock.now - start).seconds
    trace.withLock { trace in
      guard var known = trace else { return }
      known.peak = max(known.peak, bytes)
      known.samples.append(.init(at: at, bytes: bytes))
      trace = known
    }
  }

  /// Reads over and over while `work` runs.
  public func during<Result: Sendable>(
    every interval: Duration = .milliseconds(20),
    _ work: @Sendable () async throws -> Result
  ) async rethrows -> Result {
    let watching = Task { [self] in
      while !Task.isCancelled {
        sample()
        try? await Task.sleep(for: interval)
      }
    }
    do {
      let result = try await work()
      watching.cancel()
      sample()
      return result
    } catch {
      watching.cancel()
      throw error
    }
  }

  /// nil if the system tells no memory.
  public func result() -> MemoryTrace? { trace.withLock { $0 } }
}
