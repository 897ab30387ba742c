extension ProfileReport {
  /// Peak memory of the decoding process.
  public struct Memory: Sendable, Equatable, Encodable {
    /// Memory at a moment, in seconds from the start of the run.
    public struct Sample: Sendable, Equatable, Encodable {
      public let at: Double
      public let bytes: Int

      public init(at: Double, bytes: Int) {
        self.at = at
        self.bytes = bytes
      }

      private enum CodingKeys: String, CodingKey {
        case at = "at_s"
        case bytes
      }
    }

    /// Peak above the base while one graph alone is loaded and runs, in a process of its own.
    public struct StagePeak: Sendable, Equatable, Encodable {
      public let graph: String
      public let aboveBaseBytes: Int

      private enum CodingKeys: String, CodingKey {
        case graph
        case aboveBaseBytes = "above_base_bytes"
      }
    }

    /// What was read: `phys_footprint` on Apple systems, `VmHWM` on Linux and Android.
    public let method: String
    /// Of the process before anything was loaded.
    public let baseBytes: Int
    /// Highest while loading and decoding.
    public let peakBytes: Int
    /// The difference: what the decoder costs an app.
    public let aboveBaseBytes: Int
    public let stages: [StagePeak]
    public let samples: [Sample]

    public init(method: String, baseBytes: Int, peakBytes: Int, samples: [Sample] = []) {
      self.method = method
      self.baseBytes = baseBytes
      // A probe may read a little less while nothing has grown.
      self.peakBytes = max(baseBytes, peakBytes)
      aboveBaseBytes = self.peakBytes - baseBytes
      stages = []
      self.samples = samples
    }

    private enum CodingKeys: String, CodingKey {
      case method
      case baseBytes = "base_bytes"
      case peakBytes = "peak_bytes"
      case aboveBaseBytes = "above_base_bytes"
      case stages, samples
    }
  }
}

extension ProfileReport.Memory {
  init(_ fields: inout FieldReader) throws {
    method = try fields.required("method").label()
    baseBytes = try fields.required("base_bytes").memoryBytes()
    peakBytes = try fields.required("peak_bytes").memoryBytes()
    aboveBaseBytes = try fields.required("above_base_bytes").memoryBytes()
    stages =
      try fields.ifPresent("stages")?.array(0...64) { try $0.record { try StagePeak(&$0) } } ?? []
    samples =
      try fields.ifPresent("samples")?.array(0...100_000) { try $0.record { try Sample(&$0) } }
      ?? []
    guard peakBytes >= baseBytes else {
      throw fields.fail("peak_bytes is below base_bytes", .reportConsistency)
    }
    guard aboveBaseBytes == peakBytes - baseBytes else {
      throw fields.fail("above_base_bytes is not peak_bytes - base_bytes", .reportConsistency)
    }
    for (earlier, later) in zip(samples, samples.dropFirst()) where later.at < earlier.at {
      throw fields.fail("samples do not ascend in time", .reportConsistency)
    }
  }
}

extension ProfileReport.Memory.StagePeak {
  init(_ fields: inout FieldReader) throws {
    graph = try fields.required("graph").symbol()
    aboveBaseBytes = try fields.required("above_base_bytes").memoryBytes()
  }
}

extension ProfileReport.Memory.Sample {
  init(_ fields: inout FieldReader) throws {
    at = try fields.required("at_s").moment()
    bytes = try fields.required("bytes").memoryBytes()
  }
}
