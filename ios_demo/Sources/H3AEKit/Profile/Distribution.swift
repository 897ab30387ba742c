/// Repeated measurements of one duration, in seconds.
public struct Distribution: Sendable, Equatable, Encodable {
  /// Every one, in the order of measurement; none is dropped as an outlier.
  public let samples: [Double]
  public let p50: Double
  public let p90: Double
  public let p99: Double

  /// The distribution of samples in seconds, kept to the nanosecond.
  ///
  /// - Precondition: there is at least one.
  public init(samples: [Double]) {
    precondition(!samples.isEmpty)
    self.samples = samples.map(Self.rounded)
    p50 = Self.rounded(Self.quantile(self.samples, 0.5))
    p90 = Self.rounded(Self.quantile(self.samples, 0.9))
    p99 = Self.rounded(Self.quantile(self.samples, 0.99))
  }

  /// A quantile by linear interpolation between order statistics: position q (n - 1) in the sorted
  /// samples, Hyndman and Fan's type 7. Python, Swift and Kotlin compute it alike.
  ///
  /// - Precondition: there is at least one sample, and q is in [0, 1].
  public static func quantile(_ samples: [Double], _ q: Double) -> Double {
    let ordered = samples.sorted()
    let position = q * Double(ordered.count - 1)
    let low = Int(position)
    let high = min(low + 1, ordered.count - 1)
    return ordered[low] + (position - Double(low)) * (ordered[high] - ordered[low])
  }

  private static func rounded(_ seconds: Double) -> Double { (seconds * 1e9).rounded() / 1e9 }

  enum CodingKeys: String, CodingKey {
    case samples = "samples_s"
    case p50 = "p50_s"
    case p90 = "p90_s"
    case p99 = "p99_s"
  }
}

extension Distribution {
  init(_ fields: inout FieldReader) throws {
    samples = try fields.required("samples_s").array(1...100_000) { try $0.latency() }
    p50 = try fields.required("p50_s").latency()
    p90 = try fields.required("p90_s").latency()
    p99 = try fields.required("p99_s").latency()
    for (name, stated, q) in [("p50_s", p50, 0.5), ("p90_s", p90, 0.9), ("p99_s", p99, 0.99)] {
      let derived = Self.quantile(samples, q)
      guard agree(stated, derived) else {
        throw fields.fail(
          "\(name) is \(stated), the samples give \(derived)", .reportConsistency)
      }
    }
  }
}

/// Whether a stored figure is the one that follows from the others: languages print differently.
func agree(_ stated: Double, _ derived: Double) -> Bool {
  abs(stated - derived) <= 1e-9 + 1e-4 * abs(derived)
}
