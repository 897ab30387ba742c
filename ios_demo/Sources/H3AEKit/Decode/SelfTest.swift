/// Decodes the golden latents and compares: half-precision runtimes have been seen to give black
/// frames on one processor and right ones on the next.
struct SelfTest {
  let bundle: ModelBundle

  /// The way in which golden latents are decoded by preference; nil where there is none.
  var preferredMode: DecodeMode? { plan(nil)?.mode }

  /// - Parameter mode: nil: the preferred one.
  /// - Returns: `trusted`, or `unchecked` where the bundle brings nothing to compare with.
  /// - Throws: `engine.output` if the frames are not those of the reference.
  func run(in pool: SessionPool, mode: DecodeMode? = nil) async throws -> LoadReport.Outcome {
    let manifest = bundle.manifest
    guard let record = manifest.golden else {
      return .unchecked("the bundle holds no golden vectors")
    }
    guard let tolerance = record.tolerance[pool.variant.precision] else {
      return .unchecked("the bundle states no tolerance for \(pool.variant.precision)")
    }
    guard let plan = plan(mode) else {
      return .unchecked("the golden frames are those of a decode that the bundle lacks")
    }
    let golden = comparable(try bundle.golden(), plan)
    guard !golden.frameIndices.isEmpty else {
      return .unchecked("the attention window makes a difference to every golden frame")
    }
    let result = try await decode(golden, plan, in: pool)
    guard result.isWithin(tolerance) else { throw failure(result, tolerance) }
    return .trusted(result)
  }

  private func plan(_ mode: DecodeMode?) -> DecodePlan? {
    guard let latents = bundle.manifest.golden?.latents.shape.first else { return nil }
    return try? bundle.manifest.plans(latents: latents, conditioned: false, mode: mode).first
  }

  /// Golden frames are those of a clip, where the bundle decodes clips. A stream gives the same ones
  /// while its attention window holds all latents so far.
  private func comparable(_ golden: GoldenVectors, _ plan: DecodePlan) -> GoldenVectors {
    guard case .stream(let stream) = plan, bundle.manifest.schedule.clip != nil else {
      return golden
    }
    let latents = min(stream.attentionWindow, golden.latents.count)
    let count = golden.frameIndices.prefix { $0 < plan.frames(latents: latents) }.count
    return GoldenVectors(
      latents: golden.latents.rows(0..<latents), frames: golden.frames.rows(0..<count),
      frameIndices: Array(golden.frameIndices.prefix(count)), image: golden.image)
  }

  private func decode(
    _ golden: GoldenVectors, _ plan: DecodePlan, in pool: SessionPool
  ) async throws -> GoldenResult {
    let run = DecodeRun(pool: pool, plan: plan, latents: golden.latents, conditions: [:])
    var comparison = GoldenComparison(golden)
    while let frame = try await run.next() {
      try comparison.add(try frame.rgb(), index: frame.index)
    }
    return try comparison.result()
  }

  private func failure(_ result: GoldenResult, _ tolerance: Manifest.Tolerance) -> H3AEError {
    H3AEError(
      .engineOutput,
      "golden frames reach \(rounded(result.psnr)) dB and differ by up to \(rounded(result.maxAbs)); "
        + "\(tolerance.psnr) dB and \(tolerance.maxAbs) are allowed",
      advice: "decode on other compute units")
  }

  private func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }
}
