/// One decoded frame.
public struct Frame: Sendable {
  /// Position in the clip, from 0.
  public let index: Int
  /// Frames of the whole decode, for a progress bar.
  public let total: Int
  public let width: Int
  public let height: Int
  /// Seconds from the start of the clip, at the rate that the bundle states.
  public let time: Double
  public let colour: Manifest.Colour
  public let content: Content

  public enum Content: Sendable {
    /// `[3, H, W]`, RGB, float32 or float16. Values may lie a little outside [-1, 1].
    case tensor(Tensor)
    /// Pixels in the platform's form.
    case image(any PixelImage)
  }

  public init(
    index: Int, total: Int, width: Int, height: Int, time: Double, colour: Manifest.Colour,
    content: Content
  ) {
    self.index = index
    self.total = total
    self.width = width
    self.height = height
    self.time = time
    self.colour = colour
    self.content = content
  }
}
