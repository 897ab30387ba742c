import Foundation

extension Tensor {
  /// Peak signal-to-noise ratio against numbers of the same shape, in decibels, for a peak-to-peak
  /// range of 2: 200 for equal ones, -200 if a number is not finite.
  ///
  /// - Throws: `tensor.shape` if the shapes differ.
  public func psnr(against other: Tensor) throws -> Double {
    guard shape == other.shape else {
      throw H3AEError(.tensorShape, "\(shape) cannot be compared with \(other.shape)")
    }
    let one = try converted(to: .float32)
    let other = try other.converted(to: .float32)
    guard one.isFinite, other.isFinite else { return -200 }
    let squares = one.withUnsafeElements(as: Float.self) { one in
      other.withUnsafeElements(as: Float.self) { other in
        var sum = 0.0
        for index in one.indices {
          let difference = Double(one[index] - other[index])
          sum += difference * difference
        }
        return sum
      }
    }
    guard squares > 0 else { return 200 }
    return min(200, 10 * log10(4 * Double(elementCount) / squares))
  }
}
