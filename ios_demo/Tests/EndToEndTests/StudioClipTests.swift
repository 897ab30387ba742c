import H3AEDemoCore
import H3AEKit
import Testing

/// What the demo app does with a clip and a first frame, in the real runtimes.
@Suite struct StudioClipTests {
  @Test(arguments: HostEngine.allCases)
  func bothTakesOfTheExampleEqualPython(_ engine: HostEngine) async throws {
    let decoder = try engine.decoder()
    let example = try #require(LatentClip.golden(of: decoder.bundle, name: "Example"))
    let clip = example.clip
    #expect(clip.takes(by: decoder.bundle.manifest) == [.plain, .conditioned])
    let plain = try await frames(clip, .plain, decoder)
    let conditioned = try await frames(clip, .conditioned, decoder)
    #expect(try difference(plain, "clip") < DecodeTests.tolerance)
    #expect(try difference(conditioned, "i2v") < DecodeTests.tolerance)
    // The first frame does something.
    let change = try zip(plain, conditioned).map { try $0.difference(to: $1) }.max()
    #expect(try #require(change) > 10 * DecodeTests.tolerance)
  }

  @Test func anEncodedClipBringsItsFirstFrameAndIsComparedWithItself() async throws {
    let decoder = try HostEngine.onnx.decoder()
    let video = try Fixtures.expected("encode").named("video")
    let clip = try await StudioClip(encoding: video, with: decoder)
    #expect(try #require(clip.firstFrame).difference(to: video.rows(0..<1)) == 0)
    for take in clip.takes(by: decoder.bundle.manifest) {
      var worst = Double.infinity
      for try await frame in try await clip.frames(take, with: decoder) {
        worst = min(worst, try #require(try clip.quality(of: frame)))
      }
      // Frames that the decoder has made itself come back well.
      #expect(worst > 20, "\(take)")
    }
  }

  @Test func anotherPhotoAsTheFirstFrameChangesTheFrames() async throws {
    let decoder = try HostEngine.onnx.decoder()
    var clip = try #require(LatentClip.golden(of: decoder.bundle, name: "Example")).clip
    let before = try await frames(clip, .conditioned, decoder)
    let image = try #require(clip.firstFrame)
    clip.firstFrame = try Tensor(
      shape: image.shape, floats: [Float](repeating: 0.25, count: image.elementCount))
    let after = try await frames(clip, .conditioned, decoder)
    #expect(try #require(before.last).difference(to: try #require(after.last)) > 1e-2)
  }

  @Test func withoutAFirstFrameThereIsOneTake() async throws {
    let decoder = try HostEngine.onnx.decoder()
    let latents = try Fixtures.expected("clip").named("latents")
    let clip = StudioClip(latents: latents)
    #expect(clip.takes(by: decoder.bundle.manifest) == [.plain])
    await #expect {
      try await clip.frames(.conditioned, with: decoder)
    } throws: {
      ($0 as? H3AEError)?.code == .decodeUnsupported
    }
  }

  @Test func aFirstFrameOfAnotherSizeIsRefused() async throws {
    let decoder = try HostEngine.onnx.decoder()
    var clip = try #require(LatentClip.golden(of: decoder.bundle, name: "Example")).clip
    clip.firstFrame = try Tensor(shape: [1, 3, 8, 8], floats: [Float](repeating: 0, count: 192))
    let refused = clip
    await #expect {
      try await refused.frames(.conditioned, with: decoder)
    } throws: {
      ($0 as? H3AEError)?.code == .tensorShape
    }
  }

  private func frames(
    _ clip: StudioClip, _ take: Take, _ decoder: VideoDecoder
  ) async throws -> [Tensor] {
    var frames: [Tensor] = []
    for try await frame in try await clip.frames(take, with: decoder) {
      frames.append(try frame.rgb())
    }
    return frames
  }

  /// Of the worst frame from Python's.
  private func difference(_ frames: [Tensor], _ name: String) throws -> Float {
    let expected = try Fixtures.expected(name).named("frames")
    guard frames.count == expected.count else { return .infinity }
    return try frames.enumerated().map { index, frame in
      try frame.difference(
        to: expected.rows(index..<index + 1).reshaped(Array(expected.shape.dropFirst())))
    }.max() ?? .infinity
  }
}
