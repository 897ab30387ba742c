/// What a decoder knows of the ways to decode, for each choice of artifacts and units.
struct WayVerdicts {
  private var known: [Variant: [DecodeWay: LoadReport.Attempt]] = [:]

  func outcomes(of variant: Variant) -> [DecodeWay: LoadReport.Outcome] {
    (known[variant] ?? [:]).mapValues(\.outcome)
  }

  subscript(_ way: DecodeWay, _ variant: Variant) -> LoadReport.Attempt? { known[variant]?[way] }

  mutating func keep(_ attempt: LoadReport.Attempt, of way: DecodeWay) {
    known[attempt.variant, default: [:]][way] = attempt
  }

  /// Forgets what may go well the next time: all refusals of a way but for wrong frames.
  mutating func forgive(_ way: DecodeWay) {
    for (variant, ways) in known {
      guard case .refused(let error)? = ways[way]?.outcome, error.code != .engineOutput else {
        continue
      }
      known[variant]?[way] = nil
    }
  }
}
