/// Copies between dense tensors and arrays whose rows are padded, run by run.
///
/// Core ML pads the rows of arrays that lie on pixel buffers to 64 bytes, and Core AI prefers layouts
/// of its own.
public enum StridedCopy {
  /// Strides of a dense, row-major array, in elements.
  public static func dense(_ shape: [Int]) -> [Int] {
    var strides = [Int](repeating: 1, count: shape.count)
    for axis in stride(from: shape.count - 2, through: 0, by: -1) {
      strides[axis] = strides[axis + 1] * shape[axis + 1]
    }
    return strides
  }

  /// Elements from the first to the last one of a strided array, both included.
  public static func span(_ shape: [Int], strides: [Int]) -> Int {
    1 + zip(shape, strides).reduce(0) { $0 + ($1.0 - 1) * $1.1 }
  }

  /// Whether the elements of the last axis lie side by side, as `gather` and `scatter` need.
  public static func hasRows(_ shape: [Int], strides: [Int]) -> Bool {
    shape.count == strides.count && (strides.last == 1 || shape.last == 1)
      && strides.allSatisfy { $0 >= 0 }
  }

  /// Copies a strided array into dense memory.
  public static func gather(
    _ source: UnsafeRawPointer, shape: [Int], strides: [Int], elementSize: Int,
    into target: UnsafeMutableRawPointer
  ) {
    forEachRow(of: shape, strides: strides, elementSize: elementSize) { strided, dense, bytes in
      (target + dense).copyMemory(from: source + strided, byteCount: bytes)
    }
  }

  /// Copies dense memory into a strided array.
  public static func scatter(
    _ source: UnsafeRawPointer, shape: [Int], strides: [Int], elementSize: Int,
    into target: UnsafeMutableRawPointer
  ) {
    forEachRow(of: shape, strides: strides, elementSize: elementSize) { strided, dense, bytes in
      (target + strided).copyMemory(from: source + dense, byteCount: bytes)
    }
  }

  /// Calls `body` with the byte offsets of each row in the strided and in the dense array.
  private static func forEachRow(
    of shape: [Int], strides: [Int], elementSize: Int,
    _ body: (_ strided: Int, _ dense: Int, _ bytes: Int) -> Void
  ) {
    precondition(hasRows(shape, strides: strides))
    let rowBytes = (shape.last ?? 1) * elementSize
    let outer = Array(shape.dropLast())
    var index = [Int](repeating: 0, count: outer.count)
    var strided = 0
    for row in 0..<outer.reduce(1, *) {
      body(strided * elementSize, row * rowBytes, rowBytes)
      for axis in stride(from: outer.count - 1, through: 0, by: -1) {
        index[axis] += 1
        strided += strides[axis]
        if index[axis] < outer[axis] { break }
        strided -= strides[axis] * outer[axis]
        index[axis] = 0
      }
    }
  }
}
