#if canImport(CoreAI)
  import CoreAI
  import H3AEKit

  @available(iOS 27.0, macOS 27.0, *)
  extension NDArray {
    /// Copies a tensor, honouring the strides that Core AI prefers.
    ///
    /// - Throws: `engine.run` if shape, type or layout do not fit.
    init(_ tensor: Tensor, as descriptor: NDArrayDescriptor) throws {
      guard descriptor.shape == tensor.shape, !descriptor.hasDynamicShape else {
        throw H3AEError(
          .engineRun, "Core AI takes \(descriptor.shape), not \(tensor.shape)")
      }
      self.init(descriptor: descriptor)
      switch (tensor.type, scalarType) {
      case (.float32, .float32): try fill(from: tensor, as: Float.self)
      case (.float16, .float16): try fill(from: tensor, as: Float16.self)
      case (.int32, .int32): try fill(from: tensor, as: Int32.self)
      case (.uint8, .uint8): try fill(from: tensor, as: UInt8.self)
      default:
        throw H3AEError(
          .engineRun, "Core AI takes \(scalarType), not \(tensor.type.rawValue)")
      }
    }

    /// Copies the numbers into a tensor.
    ///
    /// - Throws: `engine.output` for types that no graph of a bundle has.
    func tensor() throws -> Tensor {
      switch scalarType {
      case .float32: try dense(as: Float.self, type: .float32)
      case .float16: try dense(as: Float16.self, type: .float16)
      case .int32: try dense(as: Int32.self, type: .int32)
      case .uint8: try dense(as: UInt8.self, type: .uint8)
      default:
        throw H3AEError(.engineOutput, "Core AI gave numbers of type \(scalarType)")
      }
    }

    private mutating func fill<Element: BitwiseCopyable>(
      from tensor: Tensor, as element: Element.Type
    ) throws {
      let size = MemoryLayout<Element>.size
      try mutableView(as: element).withUnsafeMutablePointer {
        (target, shape, strides) throws(H3AEError) in
        let layout = try Layout(shape: shape, strides: strides)
        tensor.withUnsafeBytes { source in
          guard let base = source.baseAddress else { return }
          StridedCopy.scatter(
            base, shape: layout.shape, strides: layout.strides, elementSize: size,
            into: UnsafeMutableRawPointer(target))
        }
      }
    }

    private func dense<Element: BitwiseCopyable>(
      as element: Element.Type, type: ElementType
    ) throws -> Tensor {
      try view(as: element).withUnsafePointer { (source, shape, strides) throws(H3AEError) in
        let layout = try Layout(shape: shape, strides: strides)
        return Tensor(shape: layout.shape, type: type) { target in
          guard let memory = target.baseAddress else { return }
          StridedCopy.gather(
            UnsafeRawPointer(source), shape: layout.shape, strides: layout.strides,
            elementSize: type.byteCount, into: memory)
        }
      }
    }

    /// A layout that can be copied row by row.
    private struct Layout {
      let shape: [Int]
      let strides: [Int]

      init(shape: Span<Int>, strides: Span<Int>) throws(H3AEError) {
        self.shape = (0..<shape.count).map { shape[$0] }
        self.strides = (0..<strides.count).map { strides[$0] }
        guard StridedCopy.hasRows(self.shape, strides: self.strides) else {
          throw H3AEError(.engineOutput, "Core AI gave an array in an interleaved layout")
        }
      }
    }
  }
#endif
