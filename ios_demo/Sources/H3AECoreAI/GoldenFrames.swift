import H3AEKit

/// The frames that a decoder makes of a bundle's golden latents, at the golden positions.
public struct GoldenFrames: Sendable {
  /// `[3, H, W]` each.
  public let frames: [Tensor]
  /// Of the artifacts that ran.
  public let precision: String

  public init(frames: [Tensor], precision: String) {
    self.frames = frames
    self.precision = precision
  }

  /// - Throws: `golden.missing`, and what the decoder throws.
  public init(decoding bundle: ModelBundle, with decoder: VideoDecoder) async throws {
    let golden = try bundle.golden()
    let wanted = Set(golden.frameIndices)
    precision = try await decoder.load().variant.precision
    var frames: [Tensor] = []
    for try await frame in decoder.frames(from: golden.latents) where wanted.contains(frame.index) {
      frames.append(try frame.rgb())
    }
    self.frames = frames
  }

  /// Of the worst frame against another decode, for a peak-to-peak range of 2; 200 for equal ones,
  /// -200 if a number is not finite or the frames do not match.
  public func worstPSNR(against other: GoldenFrames) -> Double {
    guard frames.count == other.frames.count, !frames.isEmpty else { return -200 }
    return zip(frames, other.frames).map { (try? $0.psnr(against: $1)) ?? -200 }.min() ?? -200
  }
}
