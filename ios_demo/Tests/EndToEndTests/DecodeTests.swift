import H3AEKit
import Testing

/// Frames of the saved files, decoded by Swift, against those that Python decodes from them.
@Suite struct DecodeTests {
  static let tolerance: Float = 1e-3

  @Test(arguments: HostEngine.allCases)
  func aClipEqualsPython(_ engine: HostEngine) async throws {
    try await expectFrames(of: "clip", engine, .clip)
  }

  @Test(arguments: HostEngine.allCases)
  func aStreamEqualsPython(_ engine: HostEngine) async throws {
    try await expectFrames(of: "stream", engine, .stream)
  }

  @Test(arguments: HostEngine.allCases)
  func aConditionedClipEqualsPython(_ engine: HostEngine) async throws {
    try await expectFrames(of: "i2v", engine, .clip)
  }

  @Test(arguments: HostEngine.allCases)
  func aConditionedStreamEqualsPython(_ engine: HostEngine) async throws {
    try await expectFrames(of: "i2v-stream", engine, .stream)
  }

  @Test(arguments: HostEngine.allCases)
  func anEncodedClipEqualsPython(_ engine: HostEngine) async throws {
    let expected = try Fixtures.expected("encode")
    let latents = try await engine.decoder().encode(try expected.named("video"))
    #expect(try latents.difference(to: expected.named("latents")) < Self.tolerance)
  }

  @Test(arguments: HostEngine.allCases)
  func anEncodedImageEqualsPython(_ engine: HostEngine) async throws {
    let expected = try Fixtures.expected("encode-image")
    let first = try await engine.decoder().encodeImage(try expected.named("image"))
    #expect(try first.latents.difference(to: expected.named("latents")) < Self.tolerance)
    #expect(first.features.count == expected.count - 2)
    for (name, feature) in first.features {
      // Features are not normalised: those of this model reach 60.
      #expect(try feature.difference(to: expected.named(name)) < 60 * Self.tolerance)
    }
  }

  /// The mode follows from the number of latents.
  private func expectFrames(
    of name: String, _ engine: HostEngine, _ mode: DecodeMode
  ) async throws {
    let expected = try Fixtures.expected(name)
    let latents = try expected.named("latents")
    let frames = try expected.named("frames")
    let decoder = try engine.decoder()
    var firstFrame: FirstFrame?
    if let image = expected["image"] { firstFrame = try await decoder.encodeImage(image) }
    let estimate = try await decoder.estimate(
      latents: latents.count, conditioned: firstFrame != nil)
    #expect(estimate.mode == mode)

    var count = 0
    for try await frame in decoder.frames(from: latents, firstFrame: firstFrame) {
      #expect(frame.index == count)
      #expect(frame.total == frames.count)
      let wanted = frames.rows(count..<count + 1).reshaped(Array(frames.shape.dropFirst()))
      #expect(try frame.rgb().difference(to: wanted) < Self.tolerance, "frame \(count)")
      count += 1
    }
    #expect(count == frames.count)
  }
}
