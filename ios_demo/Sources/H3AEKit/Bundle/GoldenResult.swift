import Foundation

/// How far decoded frames are from the golden ones.
public struct GoldenResult: Sendable, Equatable, Codable {
  /// Compared.
  public let frames: Int
  /// Largest absolute difference.
  public let maxAbs: Double
  /// Of the worst frame, for a peak-to-peak range of 2; 200 for equal frames.
  public let psnr: Double
  /// Whether there is neither NaN nor infinity; if there is, the other two are 2 and -200.
  public let isFinite: Bool

  /// Whether the decode may be trusted.
  public func isWithin(_ tolerance: Manifest.Tolerance) -> Bool {
    isFinite && maxAbs <= tolerance.maxAbs && psnr >= tolerance.psnr
  }
}

/// Compares golden frames one after the other, as they are decoded.
struct GoldenComparison {
  private static let peak = 2.0
  private static let equalPSNR = 200.0

  private let golden: GoldenVectors
  private var position = 0
  private var maxAbs = 0.0
  private var worstSquare = 0.0
  private var isFinite = true

  init(_ golden: GoldenVectors) { self.golden = golden }

  /// Takes a frame `[3, H, W]` of the decode; those that are no golden ones are passed over.
  mutating func add(_ frame: Tensor, index: Int) throws {
    guard position < golden.frameIndices.count, golden.frameIndices[position] == index else {
      return
    }
    let expected = golden.frames.rows(position..<position + 1)
    let frame = try frame.converted(to: .float32)
    guard Array(expected.shape.dropFirst()) == frame.shape else {
      throw H3AEError(
        .goldenFormat,
        "frames of shape \(frame.shape) cannot be compared with golden ones of \(expected.shape)")
    }
    position += 1
    guard frame.isFinite else {
      isFinite = false
      return
    }
    let (sum, largest) = Self.difference(frame, expected)
    maxAbs = max(maxAbs, largest)
    worstSquare = max(worstSquare, sum / Double(frame.elementCount))
  }

  /// - Throws: `golden.format` if golden frames never came.
  func result() throws -> GoldenResult {
    guard position == golden.frameIndices.count else {
      throw H3AEError(
        .goldenFormat, "of \(golden.frameIndices.count) golden frames, \(position) were decoded")
    }
    guard isFinite else {
      return GoldenResult(
        frames: position, maxAbs: Self.peak, psnr: -Self.equalPSNR, isFinite: false)
    }
    let psnr = worstSquare == 0 ? .infinity : 10 * log10(Self.peak * Self.peak / worstSquare)
    return GoldenResult(
      frames: position, maxAbs: maxAbs, psnr: min(psnr, Self.equalPSNR), isFinite: true)
  }

  /// Sum of squares and largest absolute value of the difference.
  private static func difference(_ one: Tensor, _ other: Tensor) -> (Double, Double) {
    one.withUnsafeElements(as: Float.self) { one in
      other.withUnsafeElements(as: Float.self) { other in
        var sum = 0.0
        var largest: Float = 0
        for index in one.indices {
          let difference = one[index] - other[index]
          sum += Double(difference) * Double(difference)
          largest = max(largest, abs(difference))
        }
        return (sum, Double(largest))
      }
    }
  }
}
