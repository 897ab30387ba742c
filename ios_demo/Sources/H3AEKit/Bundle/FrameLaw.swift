/// How many frames a number of latent frames decodes to: 1 + `temporal` (latents - 1). The first
/// latent frame holds one frame, every other one `temporal` frames (Sec. 3.1 of the paper).
public struct FrameLaw: Sendable, Equatable {
  public let temporal: Int

  public init(temporal: Int) { self.temporal = temporal }

  public func frames(latents: Int) -> Int { 1 + temporal * (latents - 1) }

  /// Latent frames of so many frames; nil if no number of them decodes to it.
  public func latents(frames: Int) -> Int? {
    guard frames >= 1, (frames - 1) % temporal == 0 else { return nil }
    return 1 + (frames - 1) / temporal
  }

  /// The nearest counts that the law allows, to offer to whoever asked for another one.
  public func nearest(frames: Int) -> [Int] {
    guard frames > 1 else { return [1] }
    let below = 1 + (frames - 1) / temporal * temporal
    return below == frames ? [frames] : [below, below + temporal]
  }
}
