/// Decodes the golden latents and compares: half-precision runtimes have been seen to give black
/// frames on one processor and right ones on the next.
struct SelfTest {
  let bundle: ModelBundle

  /// The way in which golden latents are decoded by preference: from latents alone, where the bundle
  /// can. nil where there is none.
  var preferredWay: DecodeWay? {
    preferredWay(conditioned: false) ?? preferredWay(conditioned: true)
  }

  func preferredWay(conditioned: Bool) -> DecodeWay? {
    plan(nil, conditioned).map { DecodeWay($0.mode, conditioned: conditioned) }
  }

  /// - Parameter way: nil: the preferred one.
  /// - Returns: `trusted`, or `unchecked` where the bundle brings nothing to compare with.
  /// - Throws: `engine.output` if the frames are not those of the reference.
  func run(in pool: SessionPool, way: DecodeWay? = nil) async throws -> LoadReport.Outcome {
    let manifest = bundle.manifest
    guard let record = manifest.golden else {
      return .unchecked("the bundle holds no golden vectors")
    }
    guard let tolerance = record.tolerance[pool.variant.precision] else {
      return .unchecked("the bundle states no tolerance for \(pool.variant.precision)")
    }
    guard let way = way ?? preferredWay, let plan = plan(way.mode, way.conditioned) else {
      return .unchecked("the golden frames are those of a decode that the bundle lacks")
    }
    let all = try bundle.golden()
    guard let frames = way.conditioned ? all.conditioned : all.frames else {
      return .unchecked("the bundle holds no golden frames of decodes with a first frame")
    }
    let golden = comparable(all, frames, plan, way)
    guard !golden.frameIndices.isEmpty else {
      return .unchecked("the attention window makes a difference to every golden frame")
    }
    let image = way.conditioned ? golden.image : nil
    let result = try await decode(golden, plan, image, in: pool)
    guard result.isWithin(tolerance) else { throw failure(result, tolerance) }
    return .trusted(result)
  }

  private func plan(_ mode: DecodeMode?, _ conditioned: Bool) -> DecodePlan? {
    guard let latents = bundle.manifest.golden?.latents.shape.first else { return nil }
    return try? bundle.manifest.plans(latents: latents, conditioned: conditioned, mode: mode).first
  }

  /// Golden frames are those of a clip, where the bundle decodes clips. A stream gives the same ones
  /// while its attention window holds all latents so far.
  ///
  /// - Parameter frames: those of the way to decode, which become the only ones.
  private func comparable(
    _ golden: GoldenVectors, _ frames: Tensor, _ plan: DecodePlan, _ way: DecodeWay
  ) -> GoldenVectors {
    let schedule = bundle.manifest.schedule
    var latents = golden.latents.count
    let clip = way.conditioned ? schedule.i2v?.clip : schedule.clip
    if case .stream(let stream) = plan, clip != nil {
      latents = min(stream.attentionWindow, latents)
    }
    let count = golden.frameIndices.prefix { $0 < plan.frames(latents: latents) }.count
    return GoldenVectors(
      latents: golden.latents.rows(0..<latents), frames: frames.rows(0..<count),
      frameIndices: Array(golden.frameIndices.prefix(count)), image: golden.image, conditioned: nil)
  }

  private func decode(
    _ golden: GoldenVectors, _ plan: DecodePlan, _ image: Tensor?, in pool: SessionPool
  ) async throws -> GoldenResult {
    var conditions: [String: Tensor] = [:]
    if let image { conditions = try await pool.encodeImage(image).features }
    let run = DecodeRun(
      pool: pool, plan: plan, latents: golden.latents, conditions: conditions, isTest: true)
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
