// Follows https://developer.apple.com/documentation/coremedia/cmtime and .../cmtimerange

@_exported import CoreVideo

public typealias CMTimeValue = Int64
public typealias CMTimeScale = Int32

public struct CMTime: Sendable, Comparable {
  public var value: CMTimeValue
  public var timescale: CMTimeScale
  public init(value: CMTimeValue, timescale: CMTimeScale) {
    self.value = value
    self.timescale = timescale
  }
  public init(seconds: Double, preferredTimescale: CMTimeScale) { fatalError("signature") }
  public static let zero = CMTime(value: 0, timescale: 1)
  public var seconds: Double { fatalError("signature") }
  public var isNumeric: Bool { fatalError("signature") }
  public static func < (lhs: CMTime, rhs: CMTime) -> Bool { fatalError("signature") }
}

public struct CMTimeRange: Sendable {
  public var start: CMTime
  public var duration: CMTime
  public init(start: CMTime, duration: CMTime) {
    self.start = start
    self.duration = duration
  }
}
