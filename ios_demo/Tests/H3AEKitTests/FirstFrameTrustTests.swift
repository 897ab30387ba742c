import Foundation
import Testing

@testable import H3AEKit

/// Decodes with a first frame run graphs of their own, so they are trusted by themselves.
@Suite struct FirstFrameTrustTests {
  private static let units: [ComputeUnits] = [.cpuAndNeuralEngine, .cpuAndGPU, .cpuOnly]
  private static let clip = DecodeWay(.clip, conditioned: true)

  private let scratch: Scratch
  private let bundle: ModelBundle

  init() throws {
    scratch = try Scratch()
    bundle = try ArithmeticBundle.make(in: scratch)
  }

  private func decoder(
    _ engine: ArithmeticEngine, _ bundle: ModelBundle? = nil, trust: TrustStore? = nil
  ) -> VideoDecoder {
    var options = VideoDecoder.Options()
    options.trust = trust
    return VideoDecoder(bundle: bundle ?? self.bundle, engines: [engine], options: options)
  }

  private func values(
    _ decoder: VideoDecoder, _ latents: [Float] = [1, 2], mode: DecodeMode? = nil
  ) async throws -> [Float] {
    let first = try await decoder.encodeImage(try ArithmeticBundle.image(0.25))
    var values: [Float] = []
    let latents = try ArithmeticBundle.latents(latents)
    for try await frame in decoder.frames(from: latents, firstFrame: first, mode: mode) {
      values.append(try frame.rgb().floats[0])
    }
    return values
  }

  @Test func theyAreTestedWhenTheyAreFirstUsed() async throws {
    let engine = ArithmeticEngine()
    let decoder = decoder(engine)
    try await decoder.load()
    #expect(engine.events("run encoder").isEmpty)
    #expect(try await values(decoder) == ArithmeticBundle.frames([1, 2], firstFrame: 0.25))
    guard case .trusted(let golden)? = try await decoder.load().ways[Self.clip] else {
      Issue.record("the decode was not tested")
      return
    }
    #expect(golden.frames == 2 && golden.psnr == 200)
    // The test's run, then the decode's; once, also after an unload.
    #expect(engine.events("run encoder").count == 2)
    #expect(engine.events("run temporal_i2v").count == 2)
    await decoder.unload()
    _ = try await values(decoder)
    #expect(engine.events("run temporal_i2v").count == 3)
  }

  @Test func unitsThatGetThemWrongAreLeftForOthers() async throws {
    let engine = ArithmeticEngine(
      units: Self.units,
      faults: [.cpuAndNeuralEngine: .wrongFirstFrame, .cpuAndGPU: .refusesFirstFrames])
    let decoder = decoder(engine)
    #expect(try await decoder.values([1, 2]) == ArithmeticBundle.frames([1, 2]))
    #expect(try await decoder.load().variant.units == .cpuAndNeuralEngine)
    // The features, too, are those of the units that are trusted.
    #expect(try await values(decoder) == ArithmeticBundle.frames([1, 2], firstFrame: 0.25))
    let report = try await decoder.load()
    #expect(report.variant.units == .cpuOnly)
    #expect(report.attempts.map(\.variant.units) == Self.units)
    guard case .refused(let wrong) = report.attempts[0].outcome,
      case .refused(let unloadable) = report.attempts[1].outcome
    else {
      Issue.record("the report does not say why")
      return
    }
    #expect(wrong.code == .engineOutput && wrong.message.contains("golden frames"))
    #expect(unloadable.code == .engineLoad && unloadable.message.contains("too many inputs"))
    // What was left stays closed, and every way goes on where it is right.
    #expect(try await decoder.values([1, 2]) == ArithmeticBundle.frames([1, 2]))
    #expect(try await decoder.load().variant.units == .cpuOnly)
    await decoder.unload()
    #expect(engine.events("open").count == engine.events("close").count)
  }

  @Test(arguments: [1, 2])
  func ifNoneIsTrustedItIsToldAndTheRestGoesOn(_ count: Int) async throws {
    let units = Array(Self.units.suffix(count))
    let engine = ArithmeticEngine(
      units: units, faults: Dictionary(uniqueKeysWithValues: units.map { ($0, .wrongFirstFrame) }))
    let decoder = decoder(engine)
    for _ in 1...2 {
      let error = await failure { try await values(decoder) }
      #expect(error?.code == .engineOutput)
      #expect(error?.message.contains("clip with a first frame") == true)
      for unit in units { #expect(error?.message.contains(unit.rawValue) == true) }
    }
    // Each was tested once.
    #expect(engine.events("run encoder").count == count)
    #expect(try await decoder.values([1, 2]) == ArithmeticBundle.frames([1, 2]))
    #expect(try await decoder.load().variant.units == units[0])
  }

  @Test func theNextLaunchKnows() async throws {
    let trust = TrustStore(folder: scratch.url.appendingPathComponent("trust"), system: "test")
    let engine = ArithmeticEngine(
      units: [.cpuAndGPU, .cpuOnly], faults: [.cpuAndGPU: .wrongFirstFrame])
    _ = try await values(decoder(engine, trust: trust))
    let runs = engine.events("run encoder").count
    let next = decoder(engine, trust: trust)
    #expect(try await values(next) == ArithmeticBundle.frames([1, 2], firstFrame: 0.25))
    // The decode's own encoding alone.
    #expect(engine.events("run encoder").count == runs + 1)
    let report = try await next.load()
    #expect(report.variant.units == .cpuOnly)
    #expect(report.attempts.first?.isRemembered == true)
  }

  @Test func aStreamWithAFirstFrameIsAWayOfItsOwn() async throws {
    let engine = ArithmeticEngine(
      units: [.cpuAndGPU, .cpuOnly], faults: [.cpuAndGPU: .wrongStream])
    let decoder = decoder(engine)
    #expect(try await values(decoder) == ArithmeticBundle.frames([1, 2], firstFrame: 0.25))
    #expect(try await decoder.load().variant.units == .cpuAndGPU)
    let frames = try await values(decoder, mode: .stream)
    #expect(frames == ArithmeticBundle.frames([1, 2], firstFrame: 0.25))
    #expect(try await decoder.load().variant.units == .cpuOnly)
  }

  @Test func whereTheBundleHasNoFramesOfThemTheyRunUnchecked() async throws {
    let place = try Scratch()
    let old = try ArithmeticBundle.make(in: place, .init(hasConditioned: false))
    let decoder = decoder(ArithmeticEngine(faults: [.cpuOnly: .wrongFirstFrame]), old)
    #expect(try await values(decoder).count == 9)
    let outcome = try await decoder.load().ways[Self.clip]
    #expect(
      outcome == .unchecked("the bundle holds no golden frames of decodes with a first frame"))
  }

  @Test func withTooLittleMemoryForTheDecodeTheImageIsEncodedUntested() async throws {
    let engine = ArithmeticEngine(faults: [.cpuOnly: .wrongFirstFrame])
    let place = try Scratch()
    let heavy = try ArithmeticBundle.make(in: place, .init(weights: 1 << 20, activations: 0))
    var options = VideoDecoder.Options()
    // Enough for one more graph, not for the features that wait for their frames.
    options.availableMemory = { 1_400_000 }
    let decoder = VideoDecoder(bundle: heavy, engines: [engine], options: options)
    let first = try await decoder.encodeImage(try ArithmeticBundle.image(0.25))
    let latents = try ArithmeticBundle.latents([1, 2])
    var frames = decoder.frames(from: latents, firstFrame: first, mode: .clip).makeAsyncIterator()
    let error = await failure { try await frames.next() }
    #expect(error?.code == .memoryInsufficient)
    #expect(engine.events("run temporal_i2v").isEmpty)
  }
}
