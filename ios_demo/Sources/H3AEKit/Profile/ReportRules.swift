/// Rules between the parts of a report, which types and bounds cannot tell.
extension ProfileReport {
  /// Parts are timed inside the whole; only the rounding of clocks may add up to more.
  private static let slack = 1e-3

  func checkRules() throws {
    try checkSamples()
    try checkRate()
    try checkStages()
  }

  private func inconsistent(_ reason: String) -> H3AEError {
    H3AEError(.reportConsistency, "report: \(reason)")
  }

  private func checkSamples() throws {
    let clips = clip.samples.count
    guard clips == self.protocol.repetitions else {
      throw inconsistent(
        "clip.samples_s has \(clips) samples for \(self.protocol.repetitions) repetitions")
    }
    guard let firstFrame else { return }
    guard firstFrame.samples.count == clips else {
      throw inconsistent(
        "first_frame.samples_s has \(firstFrame.samples.count) samples, the clip \(clips)")
    }
    for (index, (first, whole)) in zip(firstFrame.samples, clip.samples).enumerated()
    where first > whole * (1 + Self.slack) {
      throw inconsistent(
        "first_frame.samples_s[\(index)] is \(first), longer than its clip of \(whole)")
    }
  }

  private func checkRate() throws {
    let derived = Double(workload.frames) / clip.p50
    guard agree(framesPerSecond, derived) else {
      throw inconsistent(
        "frames_per_second is \(framesPerSecond), \(workload.frames) frames in \(clip.p50) s are "
          + "\(derived)")
    }
  }

  private func checkStages() throws {
    if let repeated = firstRepeated(stages.map(\.graph)) {
      throw inconsistent("stages name '\(repeated)' twice")
    }
    for (index, stage) in stages.enumerated() where stage.clip.samples.count != clip.samples.count {
      throw inconsistent(
        "stages[\(index)].clip.samples_s has \(stage.clip.samples.count) samples, the clip "
          + "\(clip.samples.count)")
    }
    guard !self.protocol.stagesOverlap else { return }
    for (index, whole) in clip.samples.enumerated() {
      let parts = stages.reduce(0) { $0 + $1.clip.samples[index] }
      guard parts <= whole * (1 + Self.slack) + 1e-6 else {
        throw inconsistent(
          "stages add up to \(parts) s in clip \(index), which took \(whole) s")
      }
    }
  }
}
