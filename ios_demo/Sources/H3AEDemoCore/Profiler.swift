import Foundation
import H3AEKit

/// Measures a bundle the way `docs/profiling.md` says.
///
/// Loading, the first clip and the clips are measured without the golden self-test, which would
/// warm everything up. The self-test runs afterwards; if it trusts other units than those that were
/// measured, what it trusts is measured instead.
public struct Profiler: Sendable {
  public struct Plan: Sendable, Equatable {
    public var repetitions: Int
    public var warmup: Int
    /// Seconds without a pause.
    public var sustained: Double
    public var warmLoads: Int
    public var target: String?
    public var precision: String?

    public init(
      repetitions: Int = 20, warmup: Int = 3, sustained: Double = 0, warmLoads: Int = 2,
      target: String? = nil, precision: String? = nil
    ) {
      self.repetitions = repetitions
      self.warmup = warmup
      self.sustained = sustained
      self.warmLoads = warmLoads
      self.target = target
      self.precision = precision
    }
  }

  /// Told what is being done, and how far it is.
  public typealias Progress = @Sendable (_ step: String, _ done: Int, _ total: Int) -> Void

  public let bundle: ModelBundle
  public let engines: [any EngineFactory]
  public let plan: Plan
  public let probes: Probes
  /// Whether the process has loaded nothing before, so that its first load is a cold one.
  public let isFreshProcess: Bool

  public init(
    bundle: ModelBundle, engines: [any EngineFactory], plan: Plan, probes: Probes,
    isFreshProcess: Bool
  ) {
    self.bundle = bundle
    self.engines = engines
    self.plan = plan
    self.probes = probes
    self.isFreshProcess = isFreshProcess
  }

  /// Measures, with the golden latents as the clip.
  ///
  /// - Throws: `golden.missing` for a bundle without golden latents, what the decoder throws, and
  ///   `CancellationError`.
  public func run(progress: @escaping Progress) async throws -> ProfileMeasurement {
    let latents = try bundle.golden().latents
    var measurement = try await measure(latents, options(), progress)
    progress("check the output", plan.repetitions, plan.repetitions)
    let trusted = try await selfTest(measurement.variant)
    if trusted.variant != measurement.variant {
      // The first choice did not give the golden frames: measure what users get.
      measurement = try await measure(latents, options(trusted.variant), progress)
      measurement.coldLoad = nil
      measurement.firstLoad = nil
      measurement.note = "the first choice of units failed the golden self-test"
    }
    measurement.golden = trusted.golden
    return measurement
  }

  private func options(_ variant: Variant? = nil) -> VideoDecoder.Options {
    var options = VideoDecoder.Options()
    options.target = variant?.target ?? plan.target
    options.precision = variant?.precision ?? plan.precision
    options.backend = variant?.backend
    options.units = variant?.units
    options.selfTest = false
    return options
  }

  private func selfTest(_ measured: Variant) async throws -> LoadReport {
    var options = VideoDecoder.Options()
    options.target = measured.target
    options.precision = measured.precision
    options.backend = measured.backend
    let decoder = VideoDecoder(bundle: bundle, engines: engines, options: options)
    let report = try await decoder.load()
    await decoder.unload()
    return report
  }

  private func measure(
    _ latents: Tensor, _ options: VideoDecoder.Options, _ progress: @escaping Progress
  ) async throws -> ProfileMeasurement {
    let recorder = CallRecorder()
    var options = options
    options.observer = recorder.observer
    let decoder = VideoDecoder(bundle: bundle, engines: engines, options: options)
    let watch = MemoryWatch(footprint: probes.footprint)
    let total = plan.repetitions + plan.warmup
    progress("load", 0, total)
    let wasCompiled = await probes.isCompiled?(try decoder.artifactsToLoad()) ?? true
    let load = try await watch.during { try await Self.timedLoad(decoder) }
    let mode = try await decoder.estimate(latents: latents.count).mode
    progress("first clip", 0, total)
    let first = try await watch.during { try await clip(latents, decoder, recorder) }

    var measurement = ProfileMeasurement(
      variant: load.variant, mode: mode, frames: first.frames)
    measurement.firstClip = first.times.whole
    if !wasCompiled { measurement.firstLoad = load.seconds }
    if wasCompiled && isFreshProcess { measurement.coldLoad = load.seconds }
    measurement.warmLoads = try await warmLoads(decoder)

    measurement.thermalBefore = probes.thermalState()
    for index in 0..<total {
      try Task.checkCancellation()
      let isWarmup = index < plan.warmup
      progress(isWarmup ? "warm up" : "measure", index, total)
      let times = try await watch.during { try await clip(latents, decoder, recorder).times }
      if !isWarmup { measurement.clips.append(times) }
    }
    measurement.memory = watch.result()
    measurement.sustained = try await sustain(latents, decoder, recorder, progress)
    measurement.thermalAfter = probes.thermalState()
    await decoder.unload()
    return measurement
  }

  private static func timedLoad(
    _ decoder: VideoDecoder
  ) async throws -> (variant: Variant, seconds: Double) {
    let start = ContinuousClock.now
    let report = try await decoder.load()
    return (report.variant, (ContinuousClock.now - start).seconds)
  }

  private func warmLoads(_ decoder: VideoDecoder) async throws -> [Double] {
    var loads: [Double] = []
    for _ in 0..<plan.warmLoads {
      await decoder.unload()
      loads.append(try await Self.timedLoad(decoder).seconds)
    }
    return loads
  }

  private func clip(
    _ latents: Tensor, _ decoder: VideoDecoder, _ recorder: CallRecorder
  ) async throws -> (times: ClipTimes, frames: Int) {
    _ = recorder.take()
    let start = ContinuousClock.now
    var firstFrame = 0.0
    var frames = 0
    for try await frame in decoder.frames(from: latents) {
      if frame.index == 0 { firstFrame = (ContinuousClock.now - start).seconds }
      frames += 1
    }
    let whole = (ContinuousClock.now - start).seconds
    return (ClipTimes(firstFrame: firstFrame, whole: whole, stages: recorder.take()), frames)
  }

  /// Decodes without a pause and counts the frames of every interval.
  private func sustain(
    _ latents: Tensor, _ decoder: VideoDecoder, _ recorder: CallRecorder,
    _ progress: @escaping Progress
  ) async throws -> [SustainedInterval] {
    guard plan.sustained > 0 else { return [] }
    // Ten seconds, or what gives at least six intervals.
    let length = min(10, plan.sustained / 6)
    var intervals: [SustainedInterval] = []
    let start = ContinuousClock.now
    var begun = 0.0
    var frames = 0
    while begun < plan.sustained {
      try Task.checkCancellation()
      frames += try await clip(latents, decoder, recorder).frames
      let now = (ContinuousClock.now - start).seconds
      guard now - begun >= length else { continue }
      intervals.append(
        SustainedInterval(
          start: begun, seconds: now - begun, frames: frames, thermal: probes.thermalState(),
          memory: probes.footprint()))
      progress("sustain", Int(now), Int(plan.sustained))
      begun = now
      frames = 0
    }
    return intervals
  }
}
