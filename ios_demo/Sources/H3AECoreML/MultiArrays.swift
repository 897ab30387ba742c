#if canImport(CoreML)
  import CoreML
  import H3AEKit

  extension ElementType {
    var coreML: MLMultiArrayDataType? {
      switch self {
      case .float32: .float32
      case .float16: .float16
      case .int32: .int32
      case .uint8: nil
      }
    }

    init?(_ type: MLMultiArrayDataType) {
      switch type {
      case .float32: self = .float32
      case .float16: self = .float16
      case .int32: self = .int32
      default: return nil
      }
    }
  }

  extension MLMultiArray {
    /// Wraps dense memory.
    ///
    /// - Throws: `engine.run` for a type that Core ML has no arrays of.
    convenience init(
      dataPointer: UnsafeMutableRawPointer, shape: [Int], type: ElementType,
      deallocator: @escaping (UnsafeMutableRawPointer) -> Void
    ) throws {
      guard let dataType = type.coreML else {
        throw H3AEError(.engineRun, "Core ML has no arrays of \(type.rawValue)")
      }
      try self.init(
        dataPointer: dataPointer, shape: shape.map { NSNumber(value: $0) }, dataType: dataType,
        strides: StridedCopy.dense(shape).map { NSNumber(value: $0) }, deallocator: deallocator)
    }

    /// Shows a tensor's memory to Core ML, without a copy.
    ///
    /// The memory of a tensor lies on the heap, does not move and is never written; the array holds
    /// the tensor, and with it the memory. Core ML only reads its inputs.
    ///
    /// - Throws: `engine.run` for a type that Core ML has no arrays of.
    static func showing(_ tensor: Tensor) throws -> MLMultiArray {
      try tensor.withUnsafeBytes { bytes in
        guard let base = bytes.baseAddress else {
          throw H3AEError(.engineRun, "an input has no memory")
        }
        return try MLMultiArray(
          dataPointer: UnsafeMutableRawPointer(mutating: base), shape: tensor.shape,
          type: tensor.type, deallocator: { _ in withExtendedLifetime(tensor) {} })
      }
    }

    /// Copies the numbers into a tensor, whatever the layout.
    ///
    /// - Throws: `engine.output` for layouts and types that no graph of a bundle has.
    func tensor() throws -> Tensor {
      let shape = shape.map(\.intValue)
      let strides = strides.map(\.intValue)
      guard let type = ElementType(dataType), StridedCopy.hasRows(shape, strides: strides) else {
        throw H3AEError(.engineOutput, "Core ML gave an array of an unexpected type or layout")
      }
      return try withUnsafeBytes { source in
        let needed = StridedCopy.span(shape, strides: strides) * type.byteCount
        guard let base = source.baseAddress, source.count >= needed else {
          throw H3AEError(.engineOutput, "Core ML gave an array that ends before its last number")
        }
        return Tensor(shape: shape, type: type) { target in
          guard let memory = target.baseAddress else { return }
          StridedCopy.gather(
            base, shape: shape, strides: strides, elementSize: type.byteCount, into: memory)
        }
      }
    }

    /// Overwrites the numbers with those of a tensor of the same shape and type.
    ///
    /// - Throws: `engine.run` if it does not fit.
    func write(_ tensor: Tensor) throws {
      let shape = shape.map(\.intValue)
      guard shape == tensor.shape, dataType == tensor.type.coreML else {
        throw H3AEError(
          .engineRun, "a state takes \(shape), not \(tensor.shape) of \(tensor.type.rawValue)")
      }
      try withUnsafeMutableBytes { target, strides in
        let needed = StridedCopy.span(shape, strides: strides) * tensor.type.byteCount
        guard let memory = target.baseAddress, target.count >= needed,
          StridedCopy.hasRows(shape, strides: strides)
        else { throw H3AEError(.engineRun, "a state has an unexpected layout") }
        tensor.withUnsafeBytes { source in
          guard let base = source.baseAddress else { return }
          StridedCopy.scatter(
            base, shape: shape, strides: strides, elementSize: tensor.type.byteCount, into: memory)
        }
      }
    }
  }
#endif
