import H3AEKit

/// How a clip is decoded.
public enum Take: String, Sendable, CaseIterable {
  /// From its latents alone.
  case plain
  /// With the features of a first frame (I2V).
  case conditioned
}

/// What the studio decodes, and what the frames are held against.
public struct StudioClip: Sendable {
  /// `[T', Z, H', W']`, normalised.
  public let latents: Tensor
  /// `[T, 3, H, W]`: what was encoded; nil for a clip that came as latents.
  public let original: Tensor?
  /// `[1, 3, H, W]`: what a decode can be conditioned on; nil if nobody has given one.
  public var firstFrame: Tensor?

  public init(latents: Tensor, original: Tensor? = nil, firstFrame: Tensor? = nil) {
    self.latents = latents
    self.original = original
    self.firstFrame = firstFrame
  }

  /// Encodes frames `[T, 3, H, W]`; the first one of them is the clip's first frame.
  ///
  /// - Throws: what `VideoDecoder.encode` throws.
  public init(encoding frames: Tensor, with decoder: VideoDecoder) async throws {
    self.init(
      latents: try await decoder.encode(frames), original: frames, firstFrame: frames.rows(0..<1))
  }

  /// The ways in which a bundle decodes this clip.
  public func takes(by manifest: Manifest) -> [Take] {
    let count = latents.count
    func fits(_ clip: Manifest.Clip?, _ stream: Manifest.Stream?) -> Bool {
      stream != nil || clip?.latents == count
    }
    let schedule = manifest.schedule
    let isPlain = fits(schedule.clip, schedule.stream)
    let isConditioned = firstFrame != nil && fits(schedule.i2v?.clip, schedule.i2v?.stream)
    return (isPlain ? [.plain] : []) + (isConditioned ? [.conditioned] : [])
  }

  /// The frames of a take; a conditioned one encodes the first frame before.
  ///
  /// - Throws: `decode.unsupported` without a first frame, and what `encodeImage` throws.
  public func frames(_ take: Take, with decoder: VideoDecoder) async throws -> FrameSequence {
    guard take == .conditioned else { return decoder.frames(from: latents) }
    guard let firstFrame else {
      throw H3AEError(
        .decodeUnsupported, "the clip has no first frame",
        advice: "choose a photo as the first frame")
    }
    return decoder.frames(from: latents, firstFrame: try await decoder.encodeImage(firstFrame))
  }

  /// How close a decoded frame is to the original, in decibels; nil where there is none.
  public func quality(of frame: Frame) throws -> Double? {
    guard let original, frame.index < original.count else { return nil }
    let wanted = original.rows(frame.index..<frame.index + 1)
      .reshaped(Array(original.shape.dropFirst()))
    return try frame.rgb().psnr(against: wanted)
  }
}

/// What lies beside the shown take, left of the line.
public enum Reference: String, Sendable, CaseIterable {
  case original
  /// The same latents without the first frame.
  case plain

  /// What a take can be compared with, the most telling first.
  public static func choices(
    for take: Take, hasOriginal: Bool, hasPlain: Bool
  ) -> [Reference] {
    (hasOriginal ? [.original] : []) + (take == .conditioned && hasPlain ? [.plain] : [])
  }
}
