#if canImport(ExecuTorch)
  import ExecuTorch
  import Foundation
  import H3AEKit

  #if canImport(DarwinSignatures)
    import DarwinSignatures
  #endif

  /// One method of a program.
  ///
  /// An actor, since a module runs one method at a time, on a queue of its own: a call lasts longer
  /// than a thread of Swift's pool should be held.
  actor ExecuTorchSession: GraphSession {
    private let artifact: Manifest.Artifact
    private let exchange: GraphExchange
    private let queue = DispatchSerialQueue(
      label: "dev.h3ae.executorch", qos: .userInitiated, autoreleaseFrequency: .workItem)
    private var module: Module?

    nonisolated var unownedExecutor: UnownedSerialExecutor { queue.asUnownedSerialExecutor() }

    /// - Throws: `engine.load`.
    init(request: GraphRequest) throws {
      artifact = request.artifact
      exchange = GraphExchange(request)
      let module = Module(filePath: request.url.path, loadMode: .mmap)
      do {
        try module.load(artifact.entry)
      } catch {
        throw H3AEError(
          .engineLoad,
          "ExecuTorch cannot load \(artifact.entry) of \(artifact.file): "
            + error.localizedDescription)
      }
      self.module = module
    }

    func run(_ inputs: [String: H3AEKit.Tensor]) throws -> [String: GraphOutput] {
      guard let module else { throw H3AEError(.decodeState, "the session is closed") }
      let values = try execute(module, exchange.ordered(inputs).map(\.tensor))
      return try exchange.named(values.map(tensor))
    }

    func reset() {}

    func close() { module = nil }

    /// Runs the method on the tensors' own memory, which it only reads.
    private func execute(_ module: Module, _ tensors: [H3AEKit.Tensor]) throws -> [Value] {
      try H3AEKit.Tensor.withUnsafeBytes(of: tensors) { buffers in
        let arguments: [any ValueConvertible] = try zip(tensors, buffers).map { tensor, buffer in
          guard let base = buffer.baseAddress else {
            throw H3AEError(.engineRun, "an input of \(artifact.graph) has no memory")
          }
          return AnyTensor(
            bytesNoCopy: UnsafeMutableRawPointer(mutating: base), shape: tensor.shape,
            dataType: tensor.type.dataType)
        }
        do {
          return try module.execute(artifact.entry, arguments)
        } catch {
          throw H3AEError(
            .engineRun,
            "ExecuTorch failed in \(artifact.graph): \(error.localizedDescription)")
        }
      }
    }

    /// Copies an output: the next call writes into the same memory.
    private func tensor(of value: Value) throws -> H3AEKit.Tensor {
      guard let given = value.anyTensor,
        let type = ElementType.allCases.first(where: { $0.dataType == given.dataType })
      else {
        throw H3AEError(
          .engineRun, "\(artifact.graph) gave something else than a tensor of a known type")
      }
      return H3AEKit.Tensor(shape: given.shape, type: type) { target in
        given.bytes { pointer, count, _ in
          target.copyMemory(
            from: UnsafeRawBufferPointer(start: pointer, count: count * type.byteCount))
        }
      }
    }
  }

  extension ElementType {
    /// ExecuTorch's name of the type.
    fileprivate var dataType: DataType {
      switch self {
      case .float32: .float
      case .float16: .half
      case .int32: .int
      case .uint8: .byte
      }
    }
  }
#endif
