/// Which frame of a looping clip is shown when.
public struct Playback: Sendable, Equatable {
  public var frames: Int
  public var fps: Double
  public private(set) var isPlaying = false
  /// Seconds into the clip at which it was paused or started.
  private var offset = 0.0
  private var startedAt = 0.0

  public init(frames: Int, fps: Double) {
    self.frames = frames
    self.fps = fps
  }

  public var duration: Double { Double(frames) / fps }

  /// Times are of any steady clock.
  public mutating func play(at now: Double) {
    guard !isPlaying, frames > 1 else { return }
    isPlaying = true
    startedAt = now
  }

  public mutating func pause(at now: Double) {
    guard isPlaying else { return }
    offset = elapsed(at: now).truncatingRemainder(dividingBy: duration)
    isPlaying = false
  }

  /// Shows a frame and stays there.
  public mutating func seek(to frame: Int) {
    isPlaying = false
    offset = Double(min(max(frame, 0), max(frames - 1, 0))) / fps
  }

  public func frame(at now: Double) -> Int {
    guard frames > 0 else { return 0 }
    // Half a millionth of a frame: where a frame begins it is shown, whatever the rounding.
    return Int(elapsed(at: now) * fps + 5e-7) % frames
  }

  /// Seconds from the clip's first frame, over all its rounds.
  private func elapsed(at now: Double) -> Double {
    isPlaying ? max(0, offset + now - startedAt) : offset
  }
}

/// Where the line between two pictures stands: 0 shows the right one alone, 1 the left one.
public struct ComparisonSplit: Sendable, Equatable {
  public private(set) var position: Double

  public init(_ position: Double = 0.5) { self.position = Self.clamped(position) }

  /// Moves the line to a point of a picture of some width.
  public mutating func move(to x: Double, width: Double) {
    guard width > 0 else { return }
    position = Self.clamped(x / width)
  }

  /// As assistive technology moves it.
  public mutating func step(by amount: Double) { position = Self.clamped(position + amount) }

  public var percent: Int { Int((position * 100).rounded()) }

  private static func clamped(_ position: Double) -> Double {
    position.isFinite ? min(max(position, 0), 1) : 0.5
  }
}
