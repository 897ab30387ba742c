#if canImport(CoreVideo)
  import CoreVideo
  import H3AEKit

  /// Makes the pixel buffers that frames are decoded into, and uses their memory again.
  ///
  /// Every buffer is 32BGRA, lies on an IOSurface (so that Core ML, the GPU and the encoder share
  /// it) and carries its colour tags. A buffer's memory returns when its last holder lets go, so a
  /// consumer that keeps frames costs memory and never sees them change.
  ///
  /// Not Sendable: it belongs to one session or writer.
  public final class PixelBufferPool {
    private let pool: CVPixelBufferPool
    private let colour: Manifest.Colour

    /// - Throws: `memory.insufficient` if there is no memory for a pool.
    public init(width: Int, height: Int, colour: Manifest.Colour) throws {
      let attributes: [CFString: Any] = [
        kCVPixelBufferPixelFormatTypeKey: kCVPixelFormatType_32BGRA,
        kCVPixelBufferWidthKey: width,
        kCVPixelBufferHeightKey: height,
        kCVPixelBufferIOSurfacePropertiesKey: [CFString: Any](),
        kCVPixelBufferMetalCompatibilityKey: true,
      ]
      var made: CVPixelBufferPool?
      let status = CVPixelBufferPoolCreate(
        kCFAllocatorDefault, nil, attributes as CFDictionary, &made)
      guard status == kCVReturnSuccess, let made else { throw Self.shortage(status) }
      self.pool = made
      self.colour = colour
    }

    /// Makes a buffer for the caller alone to write.
    ///
    /// - Throws: `memory.insufficient` if there is no memory for one more.
    public func make() throws -> CVPixelBuffer {
      var made: CVPixelBuffer?
      let status = CVPixelBufferPoolCreatePixelBuffer(kCFAllocatorDefault, pool, &made)
      guard status == kCVReturnSuccess, let made else { throw Self.shortage(status) }
      colour.tag(made)
      return made
    }

    private static func shortage(_ status: CVReturn) -> H3AEError {
      H3AEError(
        .memoryInsufficient, "there is no memory for one more frame (Core Video: \(status))",
        advice: "hold fewer frames at once")
    }
  }

  extension Manifest.Colour {
    /// Says what the numbers of a buffer mean, so that displays and encoders need not guess.
    public func tag(_ buffer: CVPixelBuffer) {
      let primaries =
        switch space {
        case .bt709: kCVImageBufferColorPrimaries_ITU_R_709_2
        }
      let matrix =
        switch space {
        case .bt709: kCVImageBufferYCbCrMatrix_ITU_R_709_2
        }
      let curve =
        switch transfer {
        case .srgb: kCVImageBufferTransferFunction_sRGB
        case .bt709: kCVImageBufferTransferFunction_ITU_R_709_2
        }
      CVBufferSetAttachment(
        buffer, kCVImageBufferColorPrimariesKey, primaries, .shouldPropagate)
      CVBufferSetAttachment(buffer, kCVImageBufferTransferFunctionKey, curve, .shouldPropagate)
      CVBufferSetAttachment(buffer, kCVImageBufferYCbCrMatrixKey, matrix, .shouldPropagate)
    }
  }
#endif
