import H3AEKit
import Synchronization

/// Sums up the calls of graphs, clip by clip.
public final class CallRecorder: Sendable {
  private let stages = Mutex<[String: StageTimes]>([:])

  public init() {}

  /// For `VideoDecoder.Options.observer`.
  public var observer: CallObserver {
    { [self] graph, duration in
      stages.withLock { stages in
        var times = stages[graph] ?? StageTimes(calls: 0, seconds: 0)
        times.calls += 1
        times.seconds += duration.seconds
        stages[graph] = times
      }
    }
  }

  /// Returns what was recorded since the last call, and begins anew.
  public func take() -> [String: StageTimes] {
    stages.withLock { stages in
      let taken = stages
      stages = [:]
      return taken
    }
  }
}
