extension Tensor {
  /// Reads several tensors at once, as runtimes that take an array of inputs want it.
  public static func withUnsafeBytes<R>(
    of tensors: [Tensor], _ body: ([UnsafeRawBufferPointer]) throws -> R
  ) rethrows -> R {
    try withUnsafeBytes(of: tensors[...], after: [], body)
  }

  private static func withUnsafeBytes<R>(
    of tensors: ArraySlice<Tensor>, after earlier: [UnsafeRawBufferPointer],
    _ body: ([UnsafeRawBufferPointer]) throws -> R
  ) rethrows -> R {
    guard let first = tensors.first else { return try body(earlier) }
    return try first.withUnsafeBytes {
      try withUnsafeBytes(of: tensors.dropFirst(), after: earlier + [$0], body)
    }
  }
}
