import Foundation

/// Turns latents into frames, one at a time.
///
///     let bundle = try ModelBundle.open(at: url)
///     let decoder = VideoDecoder(bundle: bundle, engines: [CoreMLEngine()])
///     for try await frame in decoder.frames(from: latents) { ... }
///
/// Engines are tried in their order, each on its compute units in theirs; the first whose golden
/// frames come out right is used, and `LoadReport` says why the ones before it were not. With a
/// `TrustStore` that is found out once, not at every launch. See `LoadState` for how a decoder gets
/// there. One decode runs at a time: a newer one ends an older.
public actor VideoDecoder {
  /// What to run, and how.
  public struct Options: Sendable {
    /// Which artifacts; nil: the best that run here.
    public var target: String?
    public var precision: String?
    public var backend: String?
    /// Where to compute; nil: the first units that pass the self-test.
    public var units: ComputeUnits?
    /// To compute with, where the runtime lets itself be told.
    public var threads: Int?
    /// Whether units must reproduce the golden vectors before they are trusted.
    public var selfTest = true
    /// What remembers the self-test's verdicts; nil: every process tests anew.
    public var trust: TrustStore?
    /// Bytes that the system would still give; nil where nobody knows.
    public var availableMemory: @Sendable () -> Int? = { SystemMemory.available }
    /// Told of every call of a graph.
    public var observer: CallObserver?

    public init() {}
  }

  public nonisolated let bundle: ModelBundle
  public nonisolated let engines: [any EngineFactory]
  public nonisolated let options: Options
  public private(set) var state = LoadState.notLoaded {
    didSet { for watcher in watchers.values { watcher.yield(state) } }
  }

  private var loaded: (pool: SessionPool, report: LoadReport)?
  private var trusted: (candidate: Candidate, report: LoadReport)?
  private var loading: Task<LoadReport, any Error>?
  private var compileSeconds = 0.0
  private var isPrewarmed = false
  private var watchers: [UUID: AsyncStream<LoadState>.Continuation] = [:]

  public init(bundle: ModelBundle, engines: [any EngineFactory], options: Options = Options()) {
    self.bundle = bundle
    self.engines = engines
    self.options = options
  }

  // MARK: Loading

  /// The state, now and whenever it changes. Who is slow sees the newest alone.
  public func states() -> AsyncStream<LoadState> {
    let (stream, continuation) = AsyncStream.makeStream(
      of: LoadState.self, bufferingPolicy: .bufferingNewest(1))
    let id = UUID()
    watchers[id] = continuation
    continuation.yield(state)
    continuation.onTermination = { [weak self] _ in Task { await self?.stopWatching(id) } }
    return stream
  }

  private func stopWatching(_ id: UUID) { watchers[id] = nil }

  /// Compiles or specialises all graphs that `load` opens, and keeps none of them in memory. Call it
  /// when an app has time, for instance after a bundle has been installed.
  ///
  /// - Throws: `engine.unavailable`, `engine.load`.
  public func prewarm() async throws {
    guard loaded == nil, !isPrewarmed else { return }
    do {
      guard let preferred = try ranked().candidates.first else { return }
      try await prepare(preferred)
      state = .prewarmed
    } catch {
      fail(error)
      throw error
    }
  }

  /// Opens the graphs on the first compute units that give the golden frames. Does nothing if that
  /// is done. Tasks that call it at the same time share one load.
  ///
  /// - Throws: `engine.unavailable` if nothing here runs the bundle, else why the last candidate was
  ///   refused.
  @discardableResult
  public func load() async throws -> LoadReport {
    if let loaded { return loaded.report }
    if let loading { return try await loading.value }
    let task = Task { try await loadFirstTrusted() }
    loading = task
    defer { loading = nil }
    return try await withTaskCancellationHandler {
      try await task.value
    } onCancel: {
      task.cancel()
    }
  }

  /// Gives all memory back. A decode that is going on ends with `decode.state`.
  public func unload() async {
    loading?.cancel()
    _ = await loading?.result
    let pool = loaded?.pool
    loaded = nil
    await pool?.close()
    state = isPrewarmed ? .prewarmed : .notLoaded
  }

  private func loadFirstTrusted() async throws -> LoadReport {
    do {
      if let trusted, let report = try? await reload(trusted) { return report }
      try Task.checkCancellation()
      let (candidates, refused) = try ranked()
      var attempts = refused
      for candidate in candidates {
        // One that was refused before and comes after all others is tested anew.
        attempts.removeAll { $0.variant == candidate.variant }
        do {
          let (pool, report) = try await open(candidate, after: attempts, known: nil)
          trusted = (candidate, report)
          return finish(pool, report)
        } catch let error as H3AEError {
          attempts.append(.init(variant: candidate.variant, outcome: .refused(error)))
          isPrewarmed = false
        }
      }
      throw Candidate.refusal(of: bundle, attempts)
    } catch {
      fail(error)
      throw error
    }
  }

  /// What has passed its self-test in this process is not tested again.
  private func reload(_ trusted: (candidate: Candidate, report: LoadReport)) async throws
    -> LoadReport
  {
    let (pool, report) = try await open(
      trusted.candidate, after: trusted.report.attempts.dropLast(),
      known: trusted.report.attempts.last)
    return finish(pool, report)
  }

  private func finish(_ pool: SessionPool, _ report: LoadReport) -> LoadReport {
    loaded = (pool, report)
    state = .loaded
    return report
  }

  /// Opens a candidate's graphs and tests them, unless this process knows the outcome.
  ///
  /// - Throws: an `H3AEError` that says why it cannot be used, or `CancellationError`; nothing of it
  ///   is in memory then.
  private func open(
    _ candidate: Candidate, after attempts: some Collection<LoadReport.Attempt>,
    known: LoadReport.Attempt?
  ) async throws -> (SessionPool, LoadReport) {
    let pool = SessionPool(
      bundle: bundle, factory: candidate.factory, variant: candidate.variant,
      threads: options.threads, observer: options.observer)
    do {
      try await prepare(candidate)
      let start = ContinuousClock.now
      try await pool.open(bundle.manifest.defaultGraphs)
      let openSeconds = (ContinuousClock.now - start).seconds
      let attempt: LoadReport.Attempt
      if let known { attempt = known } else { attempt = try await verdict(on: candidate, pool) }
      return (
        pool,
        LoadReport(
          variant: candidate.variant, attempts: attempts + [attempt],
          compileSeconds: compileSeconds, openSeconds: openSeconds)
      )
    } catch let error where error is H3AEError || error is CancellationError {
      await pool.close()
      throw error
    } catch {
      await pool.close()
      throw H3AEError(.engineLoad, "\(candidate.variant): \(error.localizedDescription)")
    }
  }

  /// An earlier launch's verdict that the units can be trusted, or a new one of either kind, kept.
  private func verdict(
    on candidate: Candidate, _ pool: SessionPool
  ) async throws -> LoadReport.Attempt {
    let (variant, versions) = (candidate.variant, candidate.factory.versions)
    guard options.selfTest else {
      return .init(variant: variant, outcome: .unchecked("the app asked for no self-test"))
    }
    if let kept = remembered(candidate), case .trusted = kept.outcome { return kept }
    do {
      let outcome = try await SelfTest(bundle: bundle).run(in: pool)
      options.trust?.keep(outcome, of: bundle, variant, versions)
      return .init(variant: variant, outcome: outcome)
    } catch let error as H3AEError {
      options.trust?.keep(.refused(error), of: bundle, variant, versions)
      throw error
    }
  }

  private func remembered(_ candidate: Candidate) -> LoadReport.Attempt? {
    guard options.selfTest else { return nil }
    let outcome = options.trust?.outcome(
      of: bundle, candidate.variant, candidate.factory.versions)
    return outcome.map { .init(variant: candidate.variant, outcome: $0, isRemembered: true) }
  }

  private func prepare(_ candidate: Candidate) async throws {
    guard !isPrewarmed else { return }
    let graphs = bundle.manifest.defaultGraphs
    let start = ContinuousClock.now
    for (index, graph) in graphs.enumerated() {
      try Task.checkCancellation()
      state = .compiling(done: index, total: graphs.count)
      try await candidate.factory.prepare(
        try bundle.request(graph, candidate.variant, options.threads))
    }
    compileSeconds += (ContinuousClock.now - start).seconds
    isPrewarmed = true
  }

  /// What may be tried, and what an earlier launch has found wrong, which comes last.
  private func ranked() throws -> (candidates: [Candidate], refused: [LoadReport.Attempt]) {
    let all = try Candidate.all(of: bundle, engines, options)
    let refused = all.compactMap(remembered).filter {
      if case .refused = $0.outcome { true } else { false }
    }
    let isRefused = { (candidate: Candidate) in
      refused.contains { $0.variant == candidate.variant }
    }
    return (all.filter { !isRefused($0) } + all.filter(isRefused), refused)
  }

  private func fail(_ error: any Error) {
    isPrewarmed = false
    state = (error as? H3AEError).map(LoadState.failed) ?? .notLoaded
  }

  // MARK: Decoding and encoding

  /// The frames of latents, `[3, H, W]` RGB in [-1, 1] or pixels, one at a time.
  ///
  /// Loads first where `load` has not been called. What cannot be decoded is told by the first call
  /// of `next`: `tensor.shape`, `decode.unsupported`, `memory.insufficient`.
  ///
  /// - Parameters:
  ///   - latents: `[T', Z, H', W']`, normalised, float32 or float16.
  ///   - firstFrame: decode with the features of this first frame (Eq. 1 of the paper).
  ///   - mode: the one way to decode; nil: a clip in one call if there are as many latents, and
  ///     memory, as it takes, else as a stream.
  public nonisolated func frames(
    from latents: Tensor, firstFrame: FirstFrame? = nil, mode: DecodeMode? = nil
  ) -> FrameSequence {
    FrameSequence { try await self.begin(latents, firstFrame, mode) }
  }

  /// Whether and how so many latent frames can be decoded in the memory that is left now.
  ///
  /// - Throws: `decode.unsupported`.
  public func estimate(
    latents: Int, conditioned: Bool = false, mode: DecodeMode? = nil
  ) throws -> MemoryEstimate {
    try plan(latents, conditioned, mode).1
  }

  private func plan(
    _ latents: Int, _ conditioned: Bool, _ mode: DecodeMode?
  ) throws -> (DecodePlan, MemoryEstimate) {
    try bundle.estimate(
      latents: latents, conditioned: conditioned, mode: mode, available: options.availableMemory(),
      loaded: loaded == nil ? [] : bundle.manifest.defaultGraphs)
  }

  /// Encodes `[T, 3, H, W]` in [-1, 1] to normalised latents `[T', Z, H', W']`.
  ///
  /// - Throws: `decode.unsupported` if the bundle holds no encoder, `tensor.shape` if it is one for
  ///   another size or number of frames, `memory.insufficient`.
  public func encode(_ video: Tensor) async throws -> Tensor {
    guard let encode = bundle.manifest.schedule.encode else {
      throw H3AEError(
        .decodeUnsupported, "the bundle holds no encoder", advice: "export with --component both")
    }
    let outputs = try await feed(encode.graph, .video, video)
    return try latents(of: encode.graph, outputs)
  }

  /// Encodes a first frame `[1, 3, H, W]` in [-1, 1] (I2V).
  ///
  /// - Throws: `decode.unsupported` if the bundle holds no image encoder, `tensor.shape` if it is
  ///   one for another size, `memory.insufficient`.
  public func encodeImage(_ image: Tensor) async throws -> FirstFrame {
    let i2v = try bundle.manifest.imageToVideo()
    let outputs = try await feed(i2v.encoder, .image, image)
    var features: [String: Tensor] = [:]
    for condition in i2v.conditions {
      guard case .tensor(let tensor)? = outputs[condition.output] else {
        throw H3AEError(.engineRun, "the image encoder gave no '\(condition.output)'")
      }
      features[condition.input] = tensor
    }
    return FirstFrame(latents: try latents(of: i2v.encoder, outputs), features: features)
  }

  private func begin(
    _ latents: Tensor, _ firstFrame: FirstFrame?, _ mode: DecodeMode?
  ) async throws -> DecodeRun {
    let (plan, estimate) = try plan(latents.shape.first ?? 0, firstFrame != nil, mode)
    try latents.check("the latents", bundle.manifest.latentShape(latents.count))
    try firstFrame?.check(for: bundle.manifest)
    guard estimate.fits else {
      throw H3AEError(
        .memoryInsufficient,
        "\(estimate.frames) frames need about \((estimate.bytes ?? 0) >> 20) MiB, "
          + "\((estimate.available ?? 0) >> 20) MiB are left",
        advice: estimate.advice)
    }
    let pool = try await pool()
    return DecodeRun(
      pool: pool, plan: plan, latents: latents, conditions: firstFrame?.features ?? [:])
  }

  private func pool() async throws -> SessionPool {
    try await load()
    guard let loaded else {
      throw H3AEError(.decodeState, "the decoder was unloaded", advice: "load it again")
    }
    return loaded.pool
  }

  private func feed(
    _ name: String, _ kind: TensorSpec.Kind, _ tensor: Tensor
  ) async throws -> [String: GraphOutput] {
    guard let spec = bundle.manifest.graphs[name]?.input(kind) else {
      throw H3AEError(.manifestReference, "the graph '\(name)' takes no \(kind.rawValue)")
    }
    try tensor.check("the \(kind.rawValue)", spec.shape)
    try bundle.checkMemory(of: name, available: options.availableMemory())
    return try await pool().run(name, [spec.name: tensor])
  }

  private func latents(of name: String, _ outputs: [String: GraphOutput]) throws -> Tensor {
    guard let spec = bundle.manifest.graphs[name]?.output(.latents),
      case .tensor(let tensor)? = outputs[spec.name]
    else {
      throw H3AEError(.engineRun, "'\(name)' gave no latents")
    }
    return tensor
  }
}

extension Duration {
  /// As a number.
  public var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
