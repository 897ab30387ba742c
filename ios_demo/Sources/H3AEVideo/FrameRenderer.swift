#if canImport(CoreVideo)
  import CoreVideo
  import H3AEKit

  /// Decoded frames as pixel buffers, whatever the engine gave.
  ///
  /// Pixels pass through as they are. Numbers are converted once, straight into the buffer.
  public final class FrameRenderer {
    private let pool: PixelBufferPool

    /// - Throws: `memory.insufficient` if there is no memory for a pool.
    public init(video: Manifest.Video) throws {
      pool = try PixelBufferPool(width: video.width, height: video.height, colour: video.colour)
    }

    /// - Throws: `memory.insufficient`, or `tensor.shape` if the numbers are no frame of this size.
    public func image(of frame: Frame) throws -> PixelBufferImage {
      switch frame.content {
      case .image(let pixels as PixelBufferImage): pixels
      case .image(let pixels): try image(of: pixels.rgb())
      case .tensor(let tensor): try image(of: tensor)
      }
    }

    /// Converts `[3, H, W]`, RGB in [-1, 1].
    ///
    /// - Throws: as above.
    public func image(of tensor: Tensor) throws -> PixelBufferImage {
      let buffer = try pool.make()
      let (height, width) = (CVPixelBufferGetHeight(buffer), CVPixelBufferGetWidth(buffer))
      guard tensor.shape == [3, height, width] else {
        throw H3AEError(
          .tensorShape, "a frame of shape \(tensor.shape) is not \([3, height, width])")
      }
      try buffer.writing { bytes, bytesPerRow in
        try PixelConversion.write(tensor, as: .bgra, into: bytes, bytesPerRow: bytesPerRow)
      }
      return try PixelBufferImage(buffer)
    }
  }
#endif
