/// Between planar floating RGB in [-1, 1] and interleaved 8-bit pixels. Plain loops over rows of
/// buffers, without branches inside, so that the compiler vectorises them.
public enum PixelConversion {
  /// Order of the bytes of a pixel.
  public enum Format: Sendable {
    /// What `kCVPixelFormatType_32BGRA` holds.
    case bgra
    case rgba
    case rgb

    public var bytesPerPixel: Int { self == .rgb ? 3 : 4 }

    /// Where red, green and blue lie in a pixel.
    fileprivate var offsets: (red: Int, green: Int, blue: Int) {
      self == .bgra ? (2, 1, 0) : (0, 1, 2)
    }
  }

  /// Writes a frame as pixels, values clamped to [-1, 1] and rounded to the nearest.
  ///
  /// - Parameters:
  ///   - frame: `[3, H, W]`, float32 or float16.
  ///   - target: rows of `bytesPerRow` bytes, which may be more than the pixels need.
  /// - Throws: `tensor.shape` if the frame is none, or the target too small.
  public static func write(
    _ frame: Tensor, as format: Format, into target: UnsafeMutableRawBufferPointer,
    bytesPerRow: Int
  ) throws {
    let (height, width) = try size(of: frame)
    guard bytesPerRow >= width * format.bytesPerPixel, target.count >= bytesPerRow * height else {
      throw H3AEError(.tensorShape, "the pixel buffer is too small for \(width) x \(height)")
    }
    switch frame.type {
    case .float16:
      frame.withUnsafeElements(as: Float16.self) { planes in
        write(planes, width, height, format, target, bytesPerRow) { Float($0) }
      }
    default:
      frame.withUnsafeElements(as: Float.self) { planes in
        write(planes, width, height, format, target, bytesPerRow) { $0 }
      }
    }
  }

  /// Reads pixels as a frame `[3, H, W]` float32: 2 x / 255 - 1.
  ///
  /// - Throws: `tensor.shape` if the source is too small.
  public static func read(
    _ source: UnsafeRawBufferPointer, as format: Format, width: Int, height: Int, bytesPerRow: Int
  ) throws -> Tensor {
    let bytes = format.bytesPerPixel
    guard width > 0, height > 0, bytesPerRow >= width * bytes,
      source.count >= bytesPerRow * (height - 1) + width * bytes
    else {
      throw H3AEError(.tensorShape, "the pixel buffer is too small for \(width) x \(height)")
    }
    let offsets = format.offsets
    return Tensor(shape: [3, height, width]) { target in
      let planes = target.assumingMemoryBound(to: Float.self)
      for (plane, offset) in [offsets.red, offsets.green, offsets.blue].enumerated() {
        for row in 0..<height {
          let start = plane * width * height + row * width
          for column in 0..<width {
            let byte = source[row * bytesPerRow + column * bytes + offset]
            planes[start + column] = Float(byte) * (2.0 / 255.0) - 1
          }
        }
      }
    }
  }

  private static func size(of frame: Tensor) throws -> (height: Int, width: Int) {
    guard frame.shape.count == 3, frame.shape[0] == 3, frame.type.isFloating else {
      throw H3AEError(
        .tensorShape, "a frame is [3, H, W] in floating point, not \(frame.shape)")
    }
    return (frame.shape[1], frame.shape[2])
  }

  @inline(__always)
  private static func write<Element>(
    _ planes: UnsafeBufferPointer<Element>, _ width: Int, _ height: Int, _ format: Format,
    _ target: UnsafeMutableRawBufferPointer, _ bytesPerRow: Int, _ float: (Element) -> Float
  ) {
    let bytes = format.bytesPerPixel
    let offsets = format.offsets
    let area = width * height
    for row in 0..<height {
      let line = UnsafeMutableRawBufferPointer(
        rebasing: target[(row * bytesPerRow)..<(row * bytesPerRow + width * bytes)])
      let start = row * width
      for column in 0..<width {
        let index = start + column
        let pixel = column * bytes
        line[pixel + offsets.red] = byte(float(planes[index]))
        line[pixel + offsets.green] = byte(float(planes[area + index]))
        line[pixel + offsets.blue] = byte(float(planes[2 * area + index]))
        if bytes == 4 { line[pixel + 3] = 255 }
      }
    }
  }

  /// The nearest 8-bit value. NaN, which no comparison holds for, becomes black.
  @inline(__always)
  private static func byte(_ value: Float) -> UInt8 {
    let scaled = value * 127.5 + 128
    return UInt8(scaled < 0 ? 0 : scaled < 255 ? scaled : scaled >= 255 ? 255 : 0)
  }
}
