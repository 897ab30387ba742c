/// When a frame is shown, in whole ticks: rates such as 23.976 would drift in floating seconds.
public struct FrameClock: Sendable, Equatable {
  /// Ticks of a frame and ticks of a second.
  public let ticksPerFrame: Int64
  public let timescale: Int32

  public init(fps: Double) {
    let nominal = fps.rounded()
    let broadcast = nominal * 1000 / 1001
    // Rates of broadcast are 1000 / 1001 of a whole one, and often stated with two digits.
    if abs(fps - broadcast) < 0.01, abs(fps - broadcast) < abs(fps - nominal) {
      ticksPerFrame = 1001
      timescale = Int32(nominal) * 1000
    } else if fps >= 1 {
      ticksPerFrame = 1000
      timescale = Int32((fps * 1000).rounded())
    } else {
      // Frames of more than a second, up to what a manifest may state: of years.
      ticksPerFrame = Int64(min(1000 / fps, 1e11).rounded())
      timescale = 1000
    }
  }

  /// The time of a frame, as a fraction of seconds.
  public func position(of frame: Int) -> (value: Int64, timescale: Int32) {
    (Int64(frame) * ticksPerFrame, timescale)
  }

  public func seconds(of frame: Int) -> Double {
    Double(Int64(frame) * ticksPerFrame) / Double(timescale)
  }
}
