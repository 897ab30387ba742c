import H3AECoreML
import H3AEKit
import H3AEVideo
import XCTest

/// Whether this device computes what the exporter did.
final class GoldenTests: XCTestCase {
  /// Every unit on its own: a fallback must not hide one that is wrong.
  func testEveryUnitGivesTheGoldenFrames() async throws {
    let bundle = try DeviceBundle.open()
    let artifact = try XCTUnwrap(bundle.manifest.artifacts.first { $0.target == "coreml" })
    for units in try CoreMLEngine().computeUnits(for: artifact) {
      let report = try await DeviceBundle.decoder(units: units).load()
      // `load` throws for frames beyond the bundle's tolerance; this is that it has compared.
      XCTAssertNotNil(report.golden, "nothing was compared on \(units.rawValue)")
    }
  }

  /// The image encoder and the conditioned graphs, too.
  func testEveryUnitGivesTheGoldenFramesOfAFirstFrame() async throws {
    let bundle = try DeviceBundle.open()
    guard let image = try bundle.golden().image, bundle.manifest.golden?.conditioned != nil else {
      throw XCTSkip("the bundle holds no golden frames of decodes with a first frame")
    }
    let artifact = try XCTUnwrap(bundle.manifest.artifacts.first { $0.target == "coreml" })
    for units in try CoreMLEngine().computeUnits(for: artifact) {
      let decoder = try DeviceBundle.decoder(units: units)
      // It throws for frames beyond the bundle's tolerance.
      _ = try await decoder.encodeImage(image)
      let ways = try await decoder.load().ways.filter { $0.key.conditioned }
      XCTAssertFalse(ways.isEmpty, "nothing was compared on \(units.rawValue)")
    }
  }

  /// Streams hand their caches over: the second half depends on the first.
  func testStreamGivesTheFramesOfTheClip() async throws {
    let decoder = try DeviceBundle.decoder()
    let schedule = decoder.bundle.manifest.schedule
    try XCTSkipIf(schedule.stream == nil || schedule.clip == nil, "the bundle has one mode")
    let latents = try decoder.bundle.golden().latents
    let clip = try await frames(decoder, latents, .clip)
    let stream = try await frames(decoder, latents, .stream)
    XCTAssertEqual(clip.count, stream.count)
    let worst = try zip(clip, stream).map { try $0.psnr(against: $1) }.min()
    XCTAssertGreaterThan(try XCTUnwrap(worst), 40)
  }

  func testCancelledDecodeStops() async throws {
    let decoder = try DeviceBundle.decoder()
    let latents = try decoder.bundle.golden().latents
    try await decoder.load()
    let task = Task {
      var count = 0
      for try await _ in decoder.frames(from: latents) {
        count += 1
        withUnsafeCurrentTask { $0?.cancel() }
      }
      return count
    }
    do {
      let count = try await task.value
      XCTFail("\(count) frames came out of a cancelled decode")
    } catch is CancellationError {
      // As it should be.
    }
  }

  private func frames(
    _ decoder: VideoDecoder, _ latents: Tensor, _ mode: DecodeMode
  ) async throws -> [Tensor] {
    var frames: [Tensor] = []
    for try await frame in decoder.frames(from: latents, mode: mode) {
      frames.append(try frame.rgb())
    }
    return frames
  }
}
