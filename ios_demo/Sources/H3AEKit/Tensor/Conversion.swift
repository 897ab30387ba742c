/// Numbers as another type, and what is checked of them. Plain loops over buffers, which the
/// compiler turns into vector instructions.
extension Tensor {
  /// The same numbers as another floating type; itself if it is that already. uint8 becomes
  /// floating by 2 x / 255 - 1, as pixels do.
  ///
  /// - Throws: `tensor.shape` if there is no such conversion.
  public func converted(to target: ElementType) throws -> Tensor {
    if target == type { return self }
    switch (type, target) {
    case (.float32, .float16): return mapped(Float.self, to: .float16) { Float16($0) }
    case (.float16, .float32): return mapped(Float16.self, to: .float32) { Float($0) }
    case (.uint8, .float32):
      return mapped(UInt8.self, to: .float32) { Float($0) * (2.0 / 255.0) - 1 }
    case (.uint8, .float16):
      return mapped(UInt8.self, to: .float16) { Float16(Float($0) * (2.0 / 255.0) - 1) }
    default:
      throw H3AEError(
        .tensorShape, "numbers of type \(type.rawValue) do not become \(target.rawValue)")
    }
  }

  /// Whether there is neither NaN nor infinity.
  public var isFinite: Bool {
    switch type {
    case .float32: withUnsafeElements(as: UInt32.self) { !$0.hasExponent(0x7F80_0000) }
    case .float16: withUnsafeElements(as: UInt16.self) { !$0.hasExponent(0x7C00) }
    case .int32, .uint8: true
    }
  }

  private func mapped<Source: BitwiseCopyable, Target: BitwiseCopyable>(
    _: Source.Type, to type: ElementType, _ convert: (Source) -> Target
  ) -> Tensor {
    Tensor(shape: shape, type: type) { bytes in
      let target = bytes.assumingMemoryBound(to: Target.self)
      withUnsafeElements(as: Source.self) { source in
        for index in source.indices { target[index] = convert(source[index]) }
      }
    }
  }
}

extension UnsafeBufferPointer where Element: FixedWidthInteger {
  /// Whether any number has all bits of its exponent set, which is what NaN and infinity have.
  fileprivate func hasExponent(_ bits: Element) -> Bool {
    var found: Element = 0
    // No early exit: without one, this is a vector loop.
    for number in self { found |= number & bits == bits ? 1 : 0 }
    return found != 0
  }
}
