/// What a load decided, and why.
public struct LoadReport: Sendable, Equatable {
  /// What runs.
  public let variant: Variant
  /// Everything that was tried, the last one being what runs.
  public let attempts: [Attempt]
  /// Seconds of compiling or specialising; close to none once the system has kept the result.
  public let compileSeconds: Double
  /// Seconds of opening the graphs, of what runs.
  public let openSeconds: Double
  /// What came of holding each way to decode against its golden frames: `load` tests the preferred
  /// one, any other is tested when it is first used.
  public internal(set) var ways: [DecodeWay: Outcome] = [:]

  /// One choice of artifacts and processors.
  public struct Attempt: Sendable, Equatable {
    public let variant: Variant
    public let outcome: Outcome
    /// Whether an earlier launch has found that out (`TrustStore`).
    public var isRemembered = false

    var isRefused: Bool { if case .refused = outcome { true } else { false } }
  }

  public enum Outcome: Sendable, Equatable {
    /// The golden frames came out within the bundle's tolerance.
    case trusted(GoldenResult)
    /// Runs unchecked, for this reason.
    case unchecked(String)
    /// Passed over, for this reason.
    case refused(H3AEError)
  }

  /// The golden self-test of what runs.
  public var golden: GoldenResult? {
    guard case .trusted(let result)? = attempts.last?.outcome else { return nil }
    return result
  }
}
