extension ProfileReport {
  /// Decoding for minutes: what the second minute is like, and the heat.
  public struct Sustained: Sendable, Equatable, Encodable {
    /// Some seconds of uninterrupted decoding.
    public struct Interval: Sendable, Equatable, Encodable {
      /// From the start of the run.
      public let start: Double
      public let duration: Double
      /// That came out.
      public let frames: Int
      /// At its end.
      public let thermal: ThermalState
      /// Of the process at its end.
      public let memoryBytes: Int?

      public init(
        start: Double, duration: Double, frames: Int, thermal: ThermalState, memoryBytes: Int?
      ) {
        self.start = start
        self.duration = duration
        self.frames = frames
        self.thermal = thermal
        self.memoryBytes = memoryBytes
      }

      var framesPerSecond: Double { Double(frames) / duration }

      private enum CodingKeys: String, CodingKey {
        case start = "start_s"
        case duration = "duration_s"
        case frames, thermal
        case memoryBytes = "memory_bytes"
      }
    }

    /// Of all intervals together.
    public let duration: Double
    public let frames: Int
    /// Over the whole run.
    public let framesPerSecond: Double
    /// Of the slowest interval: what a user meets when the device is hot.
    public let lowestFramesPerSecond: Double
    public let intervals: [Interval]

    /// - Precondition: there is at least one interval.
    public init(intervals: [Interval]) {
      precondition(!intervals.isEmpty)
      duration = intervals.reduce(0) { $0 + $1.duration }
      frames = intervals.reduce(0) { $0 + $1.frames }
      framesPerSecond = Double(frames) / duration
      lowestFramesPerSecond = intervals.reduce(.infinity) { min($0, $1.framesPerSecond) }
      self.intervals = intervals
    }

    private enum CodingKeys: String, CodingKey {
      case duration = "duration_s"
      case frames
      case framesPerSecond = "frames_per_second"
      case lowestFramesPerSecond = "lowest_frames_per_second"
      case intervals
    }
  }
}

extension ProfileReport.Sustained {
  init(_ fields: inout FieldReader) throws {
    duration = try fields.required("duration_s").latency()
    frames = try fields.required("frames").count()
    framesPerSecond = try fields.required("frames_per_second").rate()
    lowestFramesPerSecond = try fields.required("lowest_frames_per_second").rate()
    intervals = try fields.required("intervals").array(1...100_000) {
      try $0.record { try Interval(&$0) }
    }
    for (earlier, later) in zip(intervals, intervals.dropFirst())
    where later.start < earlier.start + earlier.duration - 1e-3 {
      throw fields.fail("intervals overlap or do not ascend", .reportConsistency)
    }
    let derived = Self(intervals: intervals)
    guard frames == derived.frames else {
      throw fields.fail("frames is not the sum of the intervals", .reportConsistency)
    }
    for (name, stated, derived) in [
      ("duration_s", duration, derived.duration),
      ("frames_per_second", framesPerSecond, derived.framesPerSecond),
      ("lowest_frames_per_second", lowestFramesPerSecond, derived.lowestFramesPerSecond),
    ] where !agree(stated, derived) {
      throw fields.fail("\(name) is \(stated), the intervals give \(derived)", .reportConsistency)
    }
  }
}

extension ProfileReport.Sustained.Interval {
  init(_ fields: inout FieldReader) throws {
    start = try fields.required("start_s").moment()
    duration = try fields.required("duration_s").latency()
    frames = try fields.required("frames").count()
    thermal = try fields.required("thermal").word()
    memoryBytes = try fields.optional("memory_bytes")?.memoryBytes()
  }
}
