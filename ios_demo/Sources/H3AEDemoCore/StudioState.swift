import H3AEKit

/// What the screen for one clip shows.
///
///     idle --> loading --> decoding --> ready
///       ^         |           |           |
///       |         +---> failed <----------+   (saving failed: the frames stay)
///       +----------- cancel --+
public struct StudioState: Sendable, Equatable {
  public enum Phase: Sendable, Equatable {
    /// Nothing has been asked for.
    case idle
    /// A file is read, or the model loaded; `detail` is what the decoder is at.
    case loading(LoadState)
    case decoding(done: Int, total: Int)
    case ready(frames: Int)
    case failed(H3AEError)
  }

  public private(set) var phase = Phase.idle
  /// Counts what was asked for: late news of an older one is told by it.
  public private(set) var request = 0

  public init() {}

  /// Begins something new, in place of what is going on.
  public mutating func begin() -> Int {
    request += 1
    phase = .loading(.notLoaded)
    return request
  }

  public mutating func load(_ state: LoadState, for request: Int) {
    guard request == self.request, case .loading = phase else { return }
    phase = .loading(state)
  }

  public mutating func decoded(_ done: Int, of total: Int, for request: Int) {
    guard request == self.request, isBusy else { return }
    phase = done < total ? .decoding(done: done, total: total) : .ready(frames: total)
  }

  /// A failure, or cancellation, which is none.
  public mutating func end(with error: any Error, for request: Int) {
    guard request == self.request else { return }
    if error is CancellationError {
      phase = .idle
    } else {
      phase = .failed(H3AEError(anyError: error))
    }
  }

  /// Shows what was decoded before, in place of what is going on.
  public mutating func show(frames: Int) {
    request += 1
    phase = .ready(frames: frames)
  }

  /// Stops waiting for what is going on.
  public mutating func cancel() {
    request += 1
    phase = .idle
  }

  public var isBusy: Bool {
    switch phase {
    case .loading, .decoding: true
    case .idle, .ready, .failed: false
    }
  }

  /// From 0 to 1; nil where nobody knows.
  public var progress: Double? {
    switch phase {
    case .decoding(let done, let total): total > 0 ? Double(done) / Double(total) : nil
    case .loading(.compiling(let done, let total)):
      total > 0 ? Double(done) / Double(total) : nil
    case .ready: 1
    case .idle, .loading, .failed: nil
    }
  }
}

extension H3AEError {
  /// Any error as one that has a sentence for a person.
  public init(anyError error: any Error) {
    self = (error as? H3AEError) ?? H3AEError(.decodeState, error.localizedDescription)
  }
}
