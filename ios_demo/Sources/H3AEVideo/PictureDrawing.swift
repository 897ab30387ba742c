#if canImport(CoreGraphics)
  import CoreGraphics
  import H3AEKit

  /// Pictures of any size to the pixels of a frame.
  enum PictureDrawing {
    /// Draws a picture into a frame, in sRGB.
    ///
    /// - Returns: `height` rows of `4 * width` bytes, BGRA.
    /// - Throws: `memory.insufficient` if there is no memory for a frame.
    static func pixels(
      of picture: CGImage, width: Int, height: Int, fit: FrameFit
    ) throws -> [UInt8] {
      // Zeros: what `pad` leaves free is black.
      var bytes = [UInt8](repeating: 0, count: 4 * width * height)
      let drawn = bytes.withUnsafeMutableBytes { memory in
        draw(picture, into: memory, width: width, height: height, fit: fit)
      }
      guard drawn else {
        throw H3AEError(.memoryInsufficient, "there is no memory for a frame of the picture")
      }
      return bytes
    }

    private static func draw(
      _ picture: CGImage, into memory: UnsafeMutableRawBufferPointer, width: Int, height: Int,
      fit: FrameFit
    ) -> Bool {
      guard let space = CGColorSpace(name: CGColorSpace.sRGB),
        let context = CGContext(
          data: memory.baseAddress, width: width, height: height, bitsPerComponent: 8,
          bytesPerRow: 4 * width, space: space,
          bitmapInfo: CGBitmapInfo.byteOrder32Little.rawValue
            | CGImageAlphaInfo.noneSkipFirst.rawValue)
      else { return false }
      context.interpolationQuality = .high
      let place = fit.placement(
        of: FrameSize(width: Double(picture.width), height: Double(picture.height)),
        in: FrameSize(width: Double(width), height: Double(height)))
      // Core Graphics counts from the lower edge; the placement is centred, so both agree.
      context.draw(
        picture, in: CGRect(x: place.x, y: place.y, width: place.width, height: place.height))
      return true
    }
  }
#endif
