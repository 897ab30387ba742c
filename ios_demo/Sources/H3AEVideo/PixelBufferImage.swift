#if canImport(CoreVideo)
  import CoreVideo
  import H3AEKit

  /// A frame as a `CVPixelBuffer` (32BGRA, on an IOSurface, tagged with its colours): ready for a
  /// display layer, an encoder or `AVAssetWriter`, without a copy.
  ///
  /// `@unchecked Sendable`: whoever makes one has finished writing the buffer (`init` says so), and
  /// nothing here or in this package writes to it again. A `CVPixelBufferPool` gives the memory to
  /// another buffer only after the last reference to this one is gone. Readers lock it read-only.
  public struct PixelBufferImage: PixelImage, @unchecked Sendable {
    /// To be read, not written: others may hold it as well.
    public let buffer: CVPixelBuffer

    /// Wraps a buffer of `kCVPixelFormatType_32BGRA` that nobody writes any more.
    ///
    /// - Throws: `engine.output` if it has another pixel format.
    public init(_ buffer: CVPixelBuffer) throws {
      guard CVPixelBufferGetPixelFormatType(buffer) == kCVPixelFormatType_32BGRA else {
        throw H3AEError(.engineOutput, "a frame came in a pixel format other than 32BGRA")
      }
      self.buffer = buffer
    }

    public var width: Int { CVPixelBufferGetWidth(buffer) }
    public var height: Int { CVPixelBufferGetHeight(buffer) }

    public func rgb() throws -> Tensor {
      try buffer.reading { bytes, bytesPerRow in
        try PixelConversion.read(
          bytes, as: .bgra, width: width, height: height, bytesPerRow: bytesPerRow)
      }
    }
  }

  extension CVPixelBuffer {
    /// Locks the buffer for reading while `body` runs.
    func reading<R>(_ body: (UnsafeRawBufferPointer, _ bytesPerRow: Int) throws -> R) throws -> R {
      try locked(.readOnly) { try body(UnsafeRawBufferPointer($0), $1) }
    }

    /// Locks the buffer for writing while `body` runs.
    func writing<R>(
      _ body: (UnsafeMutableRawBufferPointer, _ bytesPerRow: Int) throws -> R
    ) throws -> R {
      try locked([], body)
    }

    private func locked<R>(
      _ flags: CVPixelBufferLockFlags,
      _ body: (UnsafeMutableRawBufferPointer, _ bytesPerRow: Int) throws -> R
    ) throws -> R {
      guard CVPixelBufferLockBaseAddress(self, flags) == kCVReturnSuccess else {
        throw H3AEError(.engineOutput, "the memory of a frame cannot be locked")
      }
      defer { CVPixelBufferUnlockBaseAddress(self, flags) }
      guard let base = CVPixelBufferGetBaseAddress(self) else {
        throw H3AEError(.engineOutput, "a frame has no memory")
      }
      let bytesPerRow = CVPixelBufferGetBytesPerRow(self)
      let count = bytesPerRow * CVPixelBufferGetHeight(self)
      return try body(UnsafeMutableRawBufferPointer(start: base, count: count), bytesPerRow)
    }
  }
#endif
