import H3AEKit
import XCTest

final class StridedCopyTests: XCTestCase {
  /// Every element of a padded array goes to its place and back, and the padding stays.
  func testPaddedRows() {
    let shape = [2, 3, 4, 5]
    let strides = [1000, 200, 16, 1]
    let span = StridedCopy.span(shape, strides: strides)
    XCTAssertEqual(span, 1 + 1000 + 400 + 48 + 4)
    let dense = (0..<shape.reduce(1, *)).map { Int32($0) }
    var padded = [Int32](repeating: -1, count: span)
    dense.withUnsafeBytes { source in
      padded.withUnsafeMutableBytes { target in
        StridedCopy.scatter(
          source.baseAddress!, shape: shape, strides: strides, elementSize: 4,
          into: target.baseAddress!)
      }
    }
    var expected = [Int32](repeating: -1, count: span)
    var value: Int32 = 0
    for a in 0..<2 {
      for b in 0..<3 {
        for c in 0..<4 {
          for d in 0..<5 {
            expected[a * 1000 + b * 200 + c * 16 + d] = value
            value += 1
          }
        }
      }
    }
    XCTAssertEqual(padded, expected)

    var back = [Int32](repeating: -1, count: dense.count)
    padded.withUnsafeBytes { source in
      back.withUnsafeMutableBytes { target in
        StridedCopy.gather(
          source.baseAddress!, shape: shape, strides: strides, elementSize: 4,
          into: target.baseAddress!)
      }
    }
    XCTAssertEqual(back, dense)
  }

  func testRanks() {
    XCTAssertEqual(StridedCopy.dense([2, 3, 4]), [12, 4, 1])
    XCTAssertEqual(StridedCopy.dense([7]), [1])
    XCTAssertTrue(StridedCopy.hasRows([2, 3], strides: [32, 1]))
    XCTAssertTrue(StridedCopy.hasRows([2, 1], strides: [1, 32]))
    XCTAssertFalse(StridedCopy.hasRows([2, 3], strides: [1, 2]))
    XCTAssertFalse(StridedCopy.hasRows([2, 3], strides: [1]))
  }
}
