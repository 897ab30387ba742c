import Foundation
import Synchronization
import Testing

@testable import H3AEKit

@Suite struct DecoderTests {
  // MARK: Schedules

  @Test(arguments: [1, 2, 3, 5, 9, 16])
  func clipsAndStreamsGiveTheSameFrames(_ framesPerCall: Int) async throws {
    let scratch = try Scratch()
    let bundle = try ArithmeticBundle.make(in: scratch, .init(framesPerCall: framesPerCall))
    let decoder = VideoDecoder(bundle: bundle, engines: [ArithmeticEngine()])
    let latents: [Float] = [1, -3]
    for mode in DecodeMode.allCases {
      let values = try await decoder.values(latents, mode: mode)
      #expect(values == ArithmeticBundle.frames(latents))
    }
  }

  @Test(arguments: [false, true])
  func aStreamHandsItsCachesOver(_ keepsStates: Bool) async throws {
    let scratch = try Scratch()
    let bundle = try ArithmeticBundle.make(in: scratch, .init(keepsStates: keepsStates))
    let decoder = VideoDecoder(bundle: bundle, engines: [ArithmeticEngine()])
    let latents: [Float] = [1, 2, 3, -4, 5]
    #expect(try await decoder.values(latents) == ArithmeticBundle.frames(latents))
    // A second stream finds nothing of the first one.
    #expect(try await decoder.values([2]) == [0.2])
    #expect(try await decoder.values([7, 1]) == ArithmeticBundle.frames([7, 1]))
  }

  @Test(arguments: DecodeMode.allCases)
  func aFirstFrameConditionsEveryCall(_ mode: DecodeMode) async throws {
    let scratch = try Scratch()
    let bundle = try ArithmeticBundle.make(in: scratch)
    let decoder = VideoDecoder(bundle: bundle, engines: [ArithmeticEngine()])
    let image = try Tensor(
      shape: [1, 3, 32, 32], floats: [Float](repeating: 0.5, count: 3 * 32 * 32))
    let first = try await decoder.encodeImage(image)
    #expect(try first.latents.floats == [0.5])
    var values: [Float] = []
    let latents = try ArithmeticBundle.latents([1, 2])
    for try await frame in decoder.frames(from: latents, firstFrame: first, mode: mode) {
      values.append(try frame.rgb().floats[0])
    }
    #expect(values == [Float(0.15)] + [Float](repeating: 0.35, count: 8))
  }

  @Test func framesKnowTheirPlaceAndTime() async throws {
    let scratch = try Scratch()
    let bundle = try ArithmeticBundle.make(in: scratch)
    let decoder = VideoDecoder(bundle: bundle, engines: [ArithmeticEngine()])
    var index = 0
    for try await frame in decoder.frames(from: try ArithmeticBundle.latents([1, 2, 3])) {
      #expect(frame.index == index)
      #expect(frame.total == 17)
      #expect(frame.time == Double(index) / 24)
      #expect(try frame.pixels(.rgb).count == 3 * 32 * 32)
      index += 1
    }
    #expect(index == 17)
  }

  // MARK: Back-pressure and cancellation

  @Test func nothingIsComputedBeforeItIsAskedFor() async throws {
    let scratch = try Scratch()
    let bundle = try ArithmeticBundle.make(in: scratch, .init(hasGolden: false))
    let engine = ArithmeticEngine()
    let decoder = VideoDecoder(bundle: bundle, engines: [engine])
    try await decoder.load()
    engine.log.withLock { $0 = [] }
    let frames = decoder.frames(from: try ArithmeticBundle.latents([1, 2, 3]))
    var iterator = frames.makeAsyncIterator()
    #expect(engine.events("run").isEmpty)
    _ = try await iterator.next()
    #expect(engine.events("run") == ["run first", "run frame"])
    for _ in 0..<4 { _ = try await iterator.next() }
    #expect(engine.events("run") == ["run first", "run frame", "run next", "run frame"])
    _ = try await iterator.next()
    #expect(engine.events("run").count == 5)
  }

  @Test func aCancelledTaskStopsBetweenTwoCalls() async throws {
    let scratch = try Scratch()
    let bundle = try ArithmeticBundle.make(in: scratch, .init(hasGolden: false))
    let engine = ArithmeticEngine()
    let decoder = VideoDecoder(bundle: bundle, engines: [engine])
    let latents = try ArithmeticBundle.latents([Float](repeating: 0.001, count: 500))
    let task = Task {
      var count = 0
      for try await _ in decoder.frames(from: latents) {
        count += 1
        if count == 20 { withUnsafeCurrentTask { $0?.cancel() } }
      }
      return count
    }
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(engine.events("run next").count <= 4)
    // The decoder is as good as before.
    #expect(try await decoder.values([1, 2]) == ArithmeticBundle.frames([1, 2]))
  }

  @Test func aNewerDecodeEndsAnOlderOne() async throws {
    let scratch = try Scratch()
    let bundle = try ArithmeticBundle.make(in: scratch)
    let decoder = VideoDecoder(bundle: bundle, engines: [ArithmeticEngine()])
    var older = decoder.frames(from: try ArithmeticBundle.latents([1, 2, 3])).makeAsyncIterator()
    _ = try await older.next()
    #expect(try await decoder.values([1, 2, 3]).count == 17)
    do {
      while try await older.next() != nil {}
      Issue.record("the older decode went on")
    } catch let error as H3AEError {
      #expect(error.code == .decodeState)
    }
    #expect(try await older.next() == nil)
  }

  @Test func graphsRunOneAtATime() async throws {
    let scratch = try Scratch()
    let bundle = try ArithmeticBundle.make(in: scratch)
    let engine = ArithmeticEngine()
    let decoder = VideoDecoder(bundle: bundle, engines: [engine])
    let image = try Tensor(shape: [1, 3, 32, 32], floats: [Float](repeating: 0, count: 3072))
    await withTaskGroup(of: Void.self) { group in
      for index in 0..<20 {
        group.addTask {
          if index % 2 == 0 {
            _ = try? await decoder.encodeImage(image)
          } else {
            _ = try? await decoder.values([1, 2, 3])
          }
        }
      }
    }
    #expect(engine.events("run").count > 20)
    #expect(engine.overlaps.withLock { $0 } == 0)
    // Twenty tasks, one load.
    #expect(engine.events("open").count == Set(engine.events("open")).count)
  }

  // MARK: What cannot be decoded

  @Test func latentsThatDoNotFitAreRefused() async throws {
    let scratch = try Scratch()
    let bundle = try ArithmeticBundle.make(in: scratch, .init(hasStream: false))
    let decoder = VideoDecoder(bundle: bundle, engines: [ArithmeticEngine()])
    let wrong = try Tensor(shape: [2, 2, 1, 1], floats: [1, 2, 3, 4])
    #expect(await failure { try await decoder.first(wrong) }?.code == .tensorShape)
    let infinite = try ArithmeticBundle.latents([1, .infinity])
    #expect(await failure { try await decoder.first(infinite) }?.code == .tensorShape)
    let long = try ArithmeticBundle.latents([1, 2, 3])
    let error = await failure { try await decoder.first(long) }
    #expect(error?.code == .decodeUnsupported)
    #expect(error?.message.contains("clips of 2") == true)
    #expect(error?.advice != nil)
    let video = try Tensor(shape: [1, 3, 32, 32], floats: [Float](repeating: 0, count: 3072))
    #expect(await failure { try await decoder.encode(video) }?.code == .decodeUnsupported)
  }

  @Test func featuresOfAnotherFrameAreRefused() async throws {
    let scratch = try Scratch()
    let bundle = try ArithmeticBundle.make(in: scratch)
    let decoder = VideoDecoder(bundle: bundle, engines: [ArithmeticEngine()])
    let latents = try ArithmeticBundle.latents([1, 2])
    let none = FirstFrame(latents: latents.rows(0..<1), features: [:])
    let error = await failure {
      for try await _ in decoder.frames(from: latents, firstFrame: none) {}
    }
    #expect(error?.code == .tensorShape)
    #expect(error?.message.contains("first_feature") == true)
  }

  // MARK: Memory

  @Test func theWayThatFitsIsTaken() async throws {
    let scratch = try Scratch()
    let bundle = try ArithmeticBundle.make(in: scratch, .init(weights: 900_000))
    func decoder(_ available: Int?) -> VideoDecoder {
      var options = VideoDecoder.Options()
      options.availableMemory = { available }
      return VideoDecoder(bundle: bundle, engines: [ArithmeticEngine()], options: options)
    }
    #expect(try await decoder(nil).estimate(latents: 2).mode == .clip)
    let roomy = try await decoder(100_000_000).estimate(latents: 2)
    #expect(roomy.mode == .clip && roomy.fits && roomy.advice == nil)
    // A stream loads three graphs, so here the clip needs less.
    let tight = try await decoder(1000).estimate(latents: 2)
    #expect(!tight.fits && tight.advice != nil)
    let latents = try ArithmeticBundle.latents([1, 2])
    let error = await failure { try await decoder(1000).first(latents) }
    #expect(error?.code == .memoryInsufficient)
    #expect(error?.advice != nil)
    #expect(try await decoder(100_000_000).values([1, 2]).count == 9)
  }

  @Test func aClipTooLargeBecomesAStream() async throws {
    let scratch = try Scratch()
    let bundle = try ArithmeticBundle.make(in: scratch, .init(weights: 0, activations: 1))
    // Features of nine frames, 2304 bytes, are what the clip holds and the stream does not.
    var options = VideoDecoder.Options()
    options.availableMemory = { 2000 }
    let decoder = VideoDecoder(bundle: bundle, engines: [ArithmeticEngine()], options: options)
    let estimate = try await decoder.estimate(latents: 2)
    #expect(estimate.mode == .stream && estimate.fits)
    #expect(try await decoder.values([1, 2]) == ArithmeticBundle.frames([1, 2]))
  }

  @Test func weightsThatAreInMemoryAreNotCountedAgain() async throws {
    let scratch = try Scratch()
    let bundle = try ArithmeticBundle.make(in: scratch, .init(weights: 900_000))
    let left = Mutex(100_000_000)
    var options = VideoDecoder.Options()
    options.availableMemory = { left.withLock { $0 } }
    let decoder = VideoDecoder(bundle: bundle, engines: [ArithmeticEngine()], options: options)
    try await decoder.load()
    let before = try #require(try await decoder.estimate(latents: 2, mode: .stream).bytes)
    // The frame stage is that of the clip; the two others are still to come.
    #expect(before > 2 * 900_000 && before < 3 * 900_000)
    _ = try await decoder.values([1, 2], mode: .stream)
    let image = try Tensor(shape: [1, 3, 32, 32], floats: [Float](repeating: 0, count: 3072))
    _ = try await decoder.encodeImage(image)
    left.withLock { $0 = 10_000 }
    #expect(try await decoder.estimate(latents: 2, mode: .stream).fits)
    #expect(try await decoder.values([1, 2], mode: .stream).count == 9)
    _ = try await decoder.encodeImage(image)
    await decoder.unload()
    #expect(try await !decoder.estimate(latents: 2, mode: .stream).fits)
  }

  @Test func noLimitIsNotNoMemory() {
    #expect(SystemMemory.known(0) == nil)
    #expect(SystemMemory.known(1 << 30) == 1 << 30)
  }

  @Test func anEncoderThatDoesNotFitIsNotEvenOpened() async throws {
    let scratch = try Scratch()
    let bundle = try ArithmeticBundle.make(in: scratch, .init(weights: 900_000))
    var options = VideoDecoder.Options()
    options.availableMemory = { 1000 }
    let engine = ArithmeticEngine()
    let decoder = VideoDecoder(bundle: bundle, engines: [engine], options: options)
    let image = try Tensor(shape: [1, 3, 32, 32], floats: [Float](repeating: 0, count: 3072))
    let error = await failure { try await decoder.encodeImage(image) }
    #expect(error?.code == .memoryInsufficient && error?.advice != nil)
    #expect(engine.events("open").isEmpty)
  }

  @Test func aBundleWithoutFiguresIsNotRefused() async throws {
    let scratch = try Scratch()
    let bundle = try ArithmeticBundle.make(in: scratch, .init(weights: nil))
    var options = VideoDecoder.Options()
    options.availableMemory = { 1 }
    let decoder = VideoDecoder(bundle: bundle, engines: [ArithmeticEngine()], options: options)
    let estimate = try await decoder.estimate(latents: 2)
    #expect(estimate.bytes == nil && estimate.fits)
  }
}

extension VideoDecoder {
  /// One value of each frame.
  func values(_ latents: [Float], mode: DecodeMode? = nil) async throws -> [Float] {
    var values: [Float] = []
    for try await frame in frames(from: try ArithmeticBundle.latents(latents), mode: mode) {
      values.append(try frame.rgb().floats[0])
    }
    return values
  }

  func first(_ latents: Tensor) async throws -> Frame? {
    var iterator = frames(from: latents).makeAsyncIterator()
    return try await iterator.next()
  }
}
