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

extension Frame {
  /// The frame as `[3, H, W]` float32, RGB. Values of a tensor may lie a little outside [-1, 1].
  public func rgb() throws -> Tensor {
    switch content {
    case .tensor(let tensor): try tensor.converted(to: .float32)
    case .image(let image): try image.rgb()
    }
  }

  /// The frame as 8-bit pixels without padding, for pictures and tests; on Apple's systems, take its
  /// pixel buffer instead.
  public func pixels(_ format: PixelConversion.Format) throws -> [UInt8] {
    let rgb = try rgb()
    let bytesPerRow = width * format.bytesPerPixel
    return try [UInt8](unsafeUninitializedCapacity: bytesPerRow * height) { buffer, count in
      try PixelConversion.write(
        rgb, as: format, into: UnsafeMutableRawBufferPointer(buffer), bytesPerRow: bytesPerRow)
      count = bytesPerRow * height
    }
  }
}
