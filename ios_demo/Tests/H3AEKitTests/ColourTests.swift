import Testing

@testable import H3AEKit

@Suite struct ColourTests {
  /// Two pixels: black with white in blue alone, and a grey that lies between two values.
  static let planes: [Float] = [-1, 0.5, -1, 0.5, 1, 0.5]

  @Test(arguments: [ElementType.float32, .float16])
  func pixelsAreInterleavedAndRounded(_ type: ElementType) throws {
    let frame = try Tensor(shape: [3, 1, 2], floats: Self.planes).converted(to: type)
    #expect(try pixels(frame, .bgra) == [255, 0, 0, 255, 191, 191, 191, 255])
    #expect(try pixels(frame, .rgba) == [0, 0, 255, 255, 191, 191, 191, 255])
    #expect(try pixels(frame, .rgb) == [0, 0, 255, 191, 191, 191])
  }

  @Test func valuesBeyondTheRangeAreClamped() throws {
    let values: [Float] = [-1.5, 1.5, .infinity, -.infinity, .nan, 1]
    let frame = try Tensor(shape: [3, 1, 2], floats: values)
    #expect(try pixels(frame, .rgb) == [0, 255, 0, 255, 0, 255])
  }

  @Test func everyValueOf8BitsSurvives() throws {
    let bytes: [UInt8] = (0...UInt8.max).flatMap { (value: UInt8) -> [UInt8] in
      [value, 255 - value, 128]
    }
    let frame = try bytes.withUnsafeBytes {
      try PixelConversion.read($0, as: .rgb, width: 16, height: 16, bytesPerRow: 48)
    }
    #expect(try pixels(frame, .rgb) == bytes)
  }

  @Test func rowsMayBePadded() throws {
    let frame = try Tensor(shape: [3, 2, 1], floats: [1, -1, 1, -1, 1, -1])
    var target = [UInt8](repeating: 7, count: 16)
    try target.withUnsafeMutableBytes {
      try PixelConversion.write(frame, as: .bgra, into: $0, bytesPerRow: 8)
    }
    #expect(target == [255, 255, 255, 255, 7, 7, 7, 7, 0, 0, 0, 255, 7, 7, 7, 7])
    let back = try target.withUnsafeBytes {
      try PixelConversion.read($0, as: .bgra, width: 1, height: 2, bytesPerRow: 8)
    }
    #expect(try back.difference(to: frame) == 0)
  }

  @Test func whatDoesNotFitIsRefused() throws {
    let frame = try Tensor(shape: [3, 2, 2], floats: [Float](repeating: 0, count: 12))
    var target = [UInt8](repeating: 0, count: 8)
    let error = failure {
      try target.withUnsafeMutableBytes {
        try PixelConversion.write(frame, as: .rgba, into: $0, bytesPerRow: 8)
      }
    }
    #expect(error?.code == .tensorShape)
    let wrong = try Tensor(shape: [4, 1, 1], floats: [0, 0, 0, 0])
    #expect(failure { try pixels(wrong, .rgb) }?.code == .tensorShape)
  }

  private func pixels(_ frame: Tensor, _ format: PixelConversion.Format) throws -> [UInt8] {
    let width = frame.shape[2]
    var target = [UInt8](repeating: 0, count: frame.shape[1] * width * format.bytesPerPixel)
    try target.withUnsafeMutableBytes {
      try PixelConversion.write(
        frame, as: format, into: $0, bytesPerRow: width * format.bytesPerPixel)
    }
    return target
  }
}

extension Tensor {
  var floats: [Float] {
    get throws { try converted(to: .float32).withUnsafeElements(as: Float.self) { Array($0) } }
  }

  func difference(to other: Tensor) throws -> Float {
    guard shape == other.shape else { return .infinity }
    return try zip(floats, other.floats).reduce(0) { max($0, abs($1.0 - $1.1)) }
  }
}
