/// Decodes the golden latents and compares: half-precision runtimes have been seen to give black
/// frames on one processor and right ones on the next.
struct SelfTest {
  let bundle: ModelBundle

  /// - Returns: `trusted`, or `unchecked` where the bundle brings nothing to compare with.
  /// - Throws: `engine.output` if the frames are not those of the reference.
  func run(in pool: SessionPool) async throws -> LoadReport.Outcome {
    let manifest = bundle.manifest
    guard let record = manifest.golden else {
      return .unchecked("the bundle holds no golden vectors")
    }
    guard let tolerance = record.tolerance[pool.variant.precision] else {
      return .unchecked("the bundle states no tolerance for \(pool.variant.precision)")
    }
    let golden = try bundle.golden()
    guard
      let plan = try? manifest.plans(
        latents: golden.latents.count, conditioned: false, mode: nil
      ).first
    else { return .unchecked("the golden frames are those of a decode that the bundle lacks") }
    let result = try await decode(golden, plan, in: pool)
    guard result.isWithin(tolerance) else { throw failure(result, tolerance) }
    return .trusted(result)
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
