import H3AEKit

/// What is measured of one bundle on one device, before it becomes a report.
///
/// The figures are those of `docs/profiling.md`, "What is measured"; times are in seconds.
public struct ProfileMeasurement: Sendable {
  /// What ran.
  public var variant: Variant
  public var mode: DecodeMode
  /// Of one clip.
  public var frames: Int
  /// The first load after installation, with what the runtime compiles and the system keeps; nil if
  /// that was there already.
  public var firstLoad: Double?
  /// A load in a new process, if the process was new.
  public var coldLoad: Double?
  public var warmLoads: [Double] = []
  /// The first clip after the first load.
  public var firstClip: Double = 0
  public var clips: [ClipTimes] = []
  public var memory: MemoryTrace?
  public var sustained: [SustainedInterval] = []
  public var thermalBefore = "unknown"
  public var thermalAfter = "unknown"
  /// The golden frames as this variant decodes them; nil if the bundle brings none.
  public var golden: GoldenResult?
  /// Whatever else a reader should know.
  public var note = ""

  public init(variant: Variant, mode: DecodeMode, frames: Int) {
    self.variant = variant
    self.mode = mode
    self.frames = frames
  }
}

/// One clip, from handing over latents.
public struct ClipTimes: Sendable, Equatable {
  /// To holding the first frame.
  public var firstFrame: Double
  /// To holding the last one.
  public var whole: Double
  /// Graph to its calls in this clip.
  public var stages: [String: StageTimes]
}

/// All calls of one graph in one clip.
public struct StageTimes: Sendable, Equatable {
  public var calls: Int
  public var seconds: Double
}

/// Memory of the process over time.
public struct MemoryTrace: Sendable, Equatable {
  public var base: Int
  public var peak: Int
  /// Seconds from the start, and bytes.
  public var samples: [Sample]

  public struct Sample: Sendable, Equatable {
    public var at: Double
    public var bytes: Int
  }
}

/// Some seconds of decoding without a pause.
public struct SustainedInterval: Sendable, Equatable {
  /// From the start of the run.
  public var start: Double
  public var seconds: Double
  public var frames: Int
  /// At its end.
  public var thermal: String
  public var memory: Int?
}
