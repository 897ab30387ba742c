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
  private var verdicts = WayVerdicts()
  /// Gave wrong frames of a way to decode that came later, so that others are loaded.
  private var passedOver: [LoadReport.Attempt] = []
  /// What goes on; of the two, a load waits for the other to end.
  private(set) var loading: SharedTask<LoadReport>?
  private(set) var prewarming: SharedTask<Void>?
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
  /// when an app has time, for instance after a bundle has been installed. While the bundle is
  /// loaded, it waits for that.
  ///
  /// - Throws: `engine.unavailable`, `engine.load`, `CancellationError`.
  public func prewarm() async throws {
    try await untilUnloaded {
      while loaded == nil, !isPrewarmed {
        if let loading {
          if try await loading.value() != nil { return }
        } else {
          let task = prewarming ?? SharedTask { try await self.prepareFirst() }
          prewarming = task
          if try await task.value() != nil { return }
        }
      }
    }
  }

  /// Opens the graphs on the first compute units that give the golden frames. Does nothing if that
  /// is done. Tasks that call it at the same time share one load, which goes on until none of them
  /// waits for it any more.
  ///
  /// - Throws: `engine.unavailable` if nothing here runs the bundle, else why the last candidate was
  ///   refused; `decode.state` if `unload` ends it, `CancellationError`.
  @discardableResult
  public func load() async throws -> LoadReport {
    try await untilUnloaded {
      while true {
        if let loaded { return loaded.report }
        let task = loading ?? SharedTask { try await self.loadFirstTrusted() }
        loading = task
        if let report = try await task.value() { return report }
      }
    }
  }

  /// The files that `load` opens on the units that it tries first: what decides whether it is a
  /// first load. The bundle may hold others.
  ///
  /// - Throws: `engine.unavailable`.
  public nonisolated func artifactsToLoad() throws -> [Manifest.Artifact] {
    guard let preferred = try ranked().candidates.first else { return [] }
    return try bundle.manifest.defaultGraphs.map { try bundle.artifact(of: $0, preferred.variant) }
  }

  /// Gives all memory back. A decode that is going on ends with `decode.state`, and so does a load.
  public func unload() async {
    let (load, prewarm, pool) = (loading, prewarming, loaded?.pool)
    load?.cancel()
    prewarm?.cancel()
    loaded = nil
    await load?.ended()
    await prewarm?.ended()
    await pool?.close()
    // Others may have begun anew by now, or be through.
    if loaded == nil, loading == nil, prewarming == nil {
      state = isPrewarmed ? .prewarmed : .notLoaded
    }
  }

  /// Tells work that was cancelled by `unload` from a task that is cancelled itself.
  private func untilUnloaded<Result: Sendable>(
    _ wait: () async throws -> Result
  ) async throws -> Result {
    do {
      return try await wait()
    } catch is CancellationError where !Task.isCancelled {
      throw Self.unloaded
    }
  }

  private static let unloaded = H3AEError(
    .decodeState, "the decoder was unloaded", advice: "load it again")

  private func prepareFirst() async throws {
    defer { prewarming = nil }
    do {
      guard let preferred = try left().candidates.first else { return }
      try await prepare(preferred)
      state = .prewarmed
    } catch {
      fail(error)
      throw error
    }
  }

  private func loadFirstTrusted() async throws -> LoadReport {
    defer { loading = nil }
    do {
      // Whether that succeeds or not: a load says by itself what is wrong.
      if let prewarming { _ = try? await prewarming.value() }
      try Task.checkCancellation()
      if let trusted, let report = try? await reload(trusted) { return report }
      try Task.checkCancellation()
      var (candidates, attempts) = try left()
      for candidate in candidates {
        // One that was refused before and comes after all others is tested anew.
        attempts.removeAll { $0.variant == candidate.variant }
        do {
          let (pool, report) = try await open(candidate, after: attempts, known: nil)
          trusted = (candidate, report)
          return try await finish(pool, report)
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
    return try await finish(pool, report)
  }

  private func finish(_ pool: SessionPool, _ report: LoadReport) async throws -> LoadReport {
    guard !Task.isCancelled else {
      await pool.close()
      throw CancellationError()
    }
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
      var report = LoadReport(
        variant: candidate.variant, attempts: attempts + [attempt],
        compileSeconds: compileSeconds, openSeconds: openSeconds)
      if let way = SelfTest(bundle: bundle).preferredWay {
        verdicts.keep(attempt, of: way)
      }
      report.ways = verdicts.outcomes(of: candidate.variant)
      return (pool, report)
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

  private nonisolated func remembered(_ candidate: Candidate) -> LoadReport.Attempt? {
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
  private nonisolated func ranked() throws
    -> (candidates: [Candidate], refused: [LoadReport.Attempt])
  {
    let all = try Candidate.all(of: bundle, engines, options)
    let refused = all.compactMap(remembered).filter(\.isRefused)
    let isRefused = { (candidate: Candidate) in
      refused.contains { $0.variant == candidate.variant }
    }
    return (all.filter { !isRefused($0) } + all.filter(isRefused), refused)
  }

  /// The same without what was passed over, which comes first of what was found wrong.
  private func left() throws -> (candidates: [Candidate], refused: [LoadReport.Attempt]) {
    let (candidates, refused) = try ranked()
    let isLeft = { (variant: Variant) in !self.passedOver.contains { $0.variant == variant } }
    return (
      candidates.filter { isLeft($0.variant) }, passedOver + refused.filter { isLeft($0.variant) }
    )
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
  ) async throws -> MemoryEstimate {
    try await plan(latents, conditioned, mode).1
  }

  private func plan(
    _ latents: Int, _ conditioned: Bool, _ mode: DecodeMode?
  ) async throws -> (DecodePlan, MemoryEstimate) {
    let open = await openGraphs()
    return try bundle.estimate(
      latents: latents, conditioned: conditioned, mode: mode, available: options.availableMemory(),
      loaded: open)
  }

  /// Those of the default way to decode, and whatever else has run since.
  private func openGraphs() async -> Set<String> { await loaded?.pool.openGraphs ?? [] }

  /// Encodes `[T, 3, H, W]` in [-1, 1] to normalised latents `[T', Z, H', W']`.
  ///
  /// - Throws: `decode.unsupported` if the bundle holds no encoder, `tensor.shape` if it is one for
  ///   another size or number of frames, `memory.insufficient`.
  public func encode(_ video: Tensor) async throws -> Tensor {
    try await check(.video, video, for: try bundle.manifest.encoding().graph)
    return try await pool().encode(video)
  }

  /// Encodes a first frame `[1, 3, H, W]` in [-1, 1] (I2V), on units that give the golden frames of a
  /// decode with one.
  ///
  /// - Throws: `decode.unsupported` if the bundle holds no image encoder, `tensor.shape` if it is
  ///   one for another size, `memory.insufficient`, `engine.output` if no units can be trusted.
  public func encodeImage(_ image: Tensor) async throws -> FirstFrame {
    try await check(.image, image, for: try bundle.manifest.imageToVideo().encoder)
    let way = SelfTest(bundle: bundle).preferredWay(conditioned: true)
    return try await pool(for: await affordable(way)).encodeImage(image)
  }

  /// nil where the memory that is left does not do for such a decode, and so for its test.
  private func affordable(_ way: DecodeWay?) async -> DecodeWay? {
    guard let way, let latents = bundle.manifest.golden?.latents.shape.first,
      let (_, estimate) = try? await plan(latents, way.conditioned, way.mode), estimate.fits
    else { return nil }
    return way
  }

  private func begin(
    _ latents: Tensor, _ firstFrame: FirstFrame?, _ mode: DecodeMode?
  ) async throws -> DecodeRun {
    let (plan, estimate) = try await plan(latents.shape.first ?? 0, firstFrame != nil, mode)
    try latents.check("the latents", bundle.manifest.latentShape(latents.count))
    try firstFrame?.check(for: bundle.manifest)
    guard estimate.fits else {
      throw H3AEError(
        .memoryInsufficient,
        "\(estimate.frames) frames need about \((estimate.bytes ?? 0) >> 20) MiB, "
          + "\((estimate.available ?? 0) >> 20) MiB are left",
        advice: estimate.advice)
    }
    let way = DecodeWay(plan.mode, conditioned: firstFrame != nil)
    return DecodeRun(
      pool: try await pool(for: way), plan: plan, latents: latents,
      conditions: firstFrame?.features ?? [:])
  }

  /// The graphs on units that give the golden frames of a way to decode. Its graphs are others than
  /// those that `load` has tested, so it is tested when it is first used; units that get it wrong
  /// are left for the next ones that do not.
  private func pool(for way: DecodeWay?) async throws -> SessionPool {
    while true {
      let pool: SessionPool
      do {
        pool = try await self.pool()
      } catch {
        // No others load: those that were left do for other ways.
        passedOver = []
        throw error
      }
      guard let way, case .refused = try await outcome(of: way, in: pool) else { return pool }
      let candidates = try ranked().candidates
      let refused = candidates.compactMap { candidate in
        verdict(on: way, candidate.variant, candidate.factory.versions)
      }.filter(\.isRefused)
      let isLast = refused.count == candidates.count
      let isPreferred = passedOver.isEmpty
      passedOver = isLast ? [] : refused
      if !(isLast && isPreferred) { await leave(pool) }
      guard !isLast else {
        verdicts.forgive(way)
        throw Candidate.refusal(of: bundle, refused, way)
      }
    }
  }

  private func outcome(of way: DecodeWay, in pool: SessionPool) async throws -> LoadReport.Outcome {
    guard options.selfTest else { return .unchecked("the app asked for no self-test") }
    let (variant, versions) = (pool.variant, pool.factory.versions)
    if let known = verdict(on: way, variant, versions) { return known.outcome }
    let outcome: LoadReport.Outcome
    do {
      outcome = try await SelfTest(bundle: bundle).run(in: pool, way: way)
    } catch let error as H3AEError where Self.engineFailures.contains(error.code) {
      outcome = .refused(error)
    }
    options.trust?.keep(outcome, of: bundle, variant, versions, way: way)
    verdicts.keep(.init(variant: variant, outcome: outcome), of: way)
    if loaded?.pool === pool { loaded?.report.ways = verdicts.outcomes(of: variant) }
    return outcome
  }

  /// What the units are to blame for, and others may do better.
  private static let engineFailures: Set<H3AEError.Code> = [.engineOutput, .engineLoad, .engineRun]

  /// What this process has found out, or an earlier one.
  private func verdict(
    on way: DecodeWay, _ variant: Variant, _ versions: [String: String]
  ) -> LoadReport.Attempt? {
    if let known = verdicts[way, variant] { return known }
    guard let outcome = options.trust?.outcome(of: bundle, variant, versions, way: way) else {
      return nil
    }
    let attempt = LoadReport.Attempt(variant: variant, outcome: outcome, isRemembered: true)
    verdicts.keep(attempt, of: way)
    if loaded?.pool.variant == variant { loaded?.report.ways = verdicts.outcomes(of: variant) }
    return attempt
  }

  /// Lets go of what is loaded, for other units.
  private func leave(_ pool: SessionPool) async {
    guard loaded?.pool === pool else { return }
    loaded = nil
    trusted = nil
    isPrewarmed = false
    await pool.close()
    if loaded == nil, loading == nil, prewarming == nil { state = .notLoaded }
  }

  private func pool() async throws -> SessionPool {
    try await load()
    guard let loaded else {
      throw Self.unloaded
    }
    return loaded.pool
  }

  private func check(_ kind: TensorSpec.Kind, _ tensor: Tensor, for graph: String) async throws {
    try tensor.check("the \(kind.rawValue)", try bundle.manifest.input(kind, of: graph).shape)
    let open = await openGraphs()
    try bundle.checkMemory(of: graph, available: options.availableMemory(), loaded: open)
  }
}

extension Duration {
  /// As a number.
  public var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
