import Foundation
import Testing

@testable import H3AEKit

@Suite struct LoadTests {
  static let units: [ComputeUnits] = [.cpuAndNeuralEngine, .cpuAndGPU, .cpuOnly]

  @Test func theFirstUnitsThatGiveTheGoldenFramesAreTrusted() async throws {
    let scratch = try Scratch()
    let bundle = try ArithmeticBundle.make(in: scratch)
    let engine = ArithmeticEngine(
      units: Self.units, faults: [.cpuAndNeuralEngine: .notFinite, .cpuAndGPU: .wrong])
    let decoder = VideoDecoder(bundle: bundle, engines: [engine])
    let report = try await decoder.load()
    #expect(report.variant.units == .cpuOnly)
    #expect(report.attempts.map(\.variant.units) == Self.units)
    guard case .refused(let black) = report.attempts[0].outcome,
      case .refused(let wrong) = report.attempts[1].outcome
    else {
      Issue.record("faulty units were trusted")
      return
    }
    #expect(black.code == .engineOutput && black.message.contains("not finite"))
    #expect(wrong.code == .engineOutput && wrong.message.contains("golden"))
    #expect(report.golden?.psnr == 200)
    #expect(report.golden?.frames == 2)
    // Nothing of the refused ones stays in memory.
    #expect(engine.events("open").count - engine.events("close").count == 2)
    #expect(try await decoder.values([1, 2]) == ArithmeticBundle.frames([1, 2]))
  }

  @Test func anEngineThatRefusesTheFileIsPassedOver() async throws {
    let scratch = try Scratch()
    let bundle = try ArithmeticBundle.make(in: scratch)
    let engine = ArithmeticEngine(
      units: [.cpuAndGPU, .cpuOnly], faults: [.cpuAndGPU: .refusesToOpen])
    let report = try await VideoDecoder(bundle: bundle, engines: [engine]).load()
    #expect(report.variant.units == .cpuOnly)
    #expect(
      report.attempts.first?.outcome == .refused(H3AEError(.engineLoad, "the file is of no use")))
  }

  @Test func ifNoneIsTrustedTheReasonsAreTold() async throws {
    let scratch = try Scratch()
    let bundle = try ArithmeticBundle.make(in: scratch)
    let engine = ArithmeticEngine(
      units: [.cpuAndGPU, .cpuOnly], faults: [.cpuAndGPU: .notFinite, .cpuOnly: .wrong])
    let decoder = VideoDecoder(bundle: bundle, engines: [engine])
    let error = await failure { try await decoder.load() }
    #expect(error?.code == .engineOutput)
    #expect(error?.message.contains("cpuAndGPU") == true)
    #expect(await decoder.state == .failed(try #require(error)))
    #expect(engine.events("open").count == engine.events("close").count)
  }

  @Test func whatNothingHereRunsIsTold() async throws {
    let scratch = try Scratch()
    let bundle = try ArithmeticBundle.make(in: scratch)
    var error = await failure { try await VideoDecoder(bundle: bundle, engines: []).load() }
    #expect(error?.code == .engineUnavailable)
    #expect(error?.message.contains("arithmetic fp32") == true)
    let engine = ArithmeticEngine(obstacle: "this machine cannot count")
    error = await failure { try await VideoDecoder(bundle: bundle, engines: [engine]).load() }
    #expect(error?.message.contains("cannot count") == true)
    var options = VideoDecoder.Options()
    options.precision = "int4"
    error = await failure {
      try await VideoDecoder(bundle: bundle, engines: [ArithmeticEngine()], options: options).load()
    }
    #expect(error?.code == .engineUnavailable)
  }

  @Test func aStreamIsTestedWhenItIsFirstUsed() async throws {
    let scratch = try Scratch()
    let bundle = try ArithmeticBundle.make(in: scratch)
    let engine = ArithmeticEngine()
    let decoder = VideoDecoder(bundle: bundle, engines: [engine])
    #expect(try await Array(decoder.load().ways.keys) == [DecodeWay(.clip)])
    _ = try await decoder.values([1])
    let report = try await decoder.load()
    guard case .trusted(let golden)? = report.ways[DecodeWay(.stream)] else {
      Issue.record("the stream was not tested")
      return
    }
    #expect(golden.frames == 2 && golden.psnr == 200)
    // The test's two steps, then one of the decode; once, also after an unload.
    #expect(engine.events("run first").count == 2 && engine.events("run next").count == 1)
    await decoder.unload()
    _ = try await decoder.values([1])
    #expect(engine.events("run first").count == 3 && engine.events("run next").count == 1)
  }

  @Test func aWrongStreamIsRefusedAndAClipIsNot() async throws {
    let scratch = try Scratch()
    let bundle = try ArithmeticBundle.make(in: scratch)
    let engine = ArithmeticEngine(faults: [.cpuOnly: .wrongStream])
    var options = VideoDecoder.Options()
    options.trust = TrustStore(folder: scratch.url.appendingPathComponent("trust"), system: "test")
    let decoder = VideoDecoder(bundle: bundle, engines: [engine], options: options)
    for _ in 1...2 {
      let error = await failure { try await decoder.values([1, 2, 3]) }
      #expect(error?.code == .engineOutput && error?.message.contains("golden") == true)
    }
    #expect(try await decoder.values([1, 2]) == ArithmeticBundle.frames([1, 2]))
    let runs = engine.events("run next").count
    #expect(runs == 1)
    // The next launch knows.
    let next = VideoDecoder(bundle: bundle, engines: [engine], options: options)
    #expect(await failure { try await next.values([1, 2, 3]) }?.code == .engineOutput)
    #expect(engine.events("run next").count == runs)
  }

  @Test func withoutGoldenVectorsItRunsUncheckedAndSaysSo() async throws {
    let scratch = try Scratch()
    let bundle = try ArithmeticBundle.make(in: scratch, .init(hasGolden: false))
    let report = try await VideoDecoder(bundle: bundle, engines: [ArithmeticEngine()]).load()
    #expect(report.attempts.map(\.outcome) == [.unchecked("the bundle holds no golden vectors")])
    #expect(report.golden == nil)
  }

  @Test func statesFollowTheDiagram() async throws {
    let scratch = try Scratch()
    let bundle = try ArithmeticBundle.make(in: scratch)
    let engine = ArithmeticEngine()
    let decoder = VideoDecoder(bundle: bundle, engines: [engine])
    #expect(await decoder.state == .notLoaded)
    try await decoder.prewarm()
    #expect(await decoder.state == .prewarmed)
    #expect(engine.log.withLock { $0 } == ["prepare temporal", "prepare frame"])
    try await decoder.load()
    #expect(await decoder.state == .loaded)
    // Prewarmed is prewarmed.
    #expect(engine.events("prepare").count == 2)
    let runs = engine.events("run").count
    await decoder.unload()
    #expect(await decoder.state == .prewarmed)
    #expect(engine.events("close").count == 2)
    // What passed its self-test once is not tested again.
    #expect(try await decoder.load().golden?.psnr == 200)
    #expect(engine.events("run").count == runs)
    await decoder.unload()
    #expect(try await decoder.values([1, 2]).count == 9)
    #expect(await decoder.state == .loaded)
  }

  @Test func watchersSeeTheStates() async throws {
    let scratch = try Scratch()
    let bundle = try ArithmeticBundle.make(in: scratch)
    let decoder = VideoDecoder(bundle: bundle, engines: [ArithmeticEngine()])
    var states = await decoder.states().makeAsyncIterator()
    #expect(await states.next() == .notLoaded)
    try await decoder.load()
    #expect(await states.next() == .loaded)
  }

  @Test func unloadEndsADecode() async throws {
    let scratch = try Scratch()
    let bundle = try ArithmeticBundle.make(in: scratch)
    let decoder = VideoDecoder(bundle: bundle, engines: [ArithmeticEngine()])
    var frames = decoder.frames(from: try ArithmeticBundle.latents([1, 2, 3])).makeAsyncIterator()
    _ = try await frames.next()
    await decoder.unload()
    do {
      while try await frames.next() != nil {}
      Issue.record("it went on")
    } catch let error as H3AEError {
      #expect(error.code == .decodeState)
    }
  }

  @Test func aCancelledLoadLeavesNothing() async throws {
    let scratch = try Scratch()
    let bundle = try ArithmeticBundle.make(in: scratch)
    let engine = ArithmeticEngine()
    let decoder = VideoDecoder(bundle: bundle, engines: [engine])
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      try await decoder.load()
    }
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(await decoder.state == .notLoaded)
    #expect(engine.events("open").count == engine.events("close").count)
  }

  // MARK: The exchange at a session's edge

  @Test func inputsAreCheckedConvertedAndSplit() throws {
    let scratch = try Scratch()
    let bundle = try ArithmeticBundle.make(in: scratch, .init(keepsStates: true))
    let variant = Variant(
      target: "arithmetic", backend: "swift", precision: "fp32", units: .cpuOnly)
    let exchange = GraphExchange(try bundle.request("next", variant, nil))
    let latents = try ArithmeticBundle.latents([1]).converted(to: .float16)
    let sum = try Tensor(shape: [1], floats: [3])

    let both = try exchange.inputs(["latents": latents, "sum_in": sum])
    #expect(both.inputs.keys.sorted() == ["latents"])
    #expect(both.inputs["latents"]?.type == .float32)
    #expect(both.states.keys.sorted() == ["sum_in"])
    #expect(try exchange.inputs(["latents": latents]).states.isEmpty)
    #expect(exchange.outputs.map(\.name) == ["features"])

    #expect(failure { try exchange.inputs(["sum_in": sum]) }?.message.contains("latents") == true)
    let unknown = ["latents": latents, "other": sum]
    #expect(failure { try exchange.inputs(unknown) }?.message.contains("other") == true)
    let long = ["latents": try ArithmeticBundle.latents([1, 2])]
    #expect(failure { try exchange.inputs(long) }?.code == .tensorShape)
  }
}
