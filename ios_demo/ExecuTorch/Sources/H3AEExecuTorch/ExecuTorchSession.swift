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
    private let graph: Manifest.Graph
    private let exchange: GraphExchange
    private let queue = DispatchSerialQueue(
      label: "dev.h3ae.executorch", qos: .userInitiated, autoreleaseFrequency: .workItem)
    private var module: Module?

    nonisolated var unownedExecutor: UnownedSerialExecutor { queue.asUnownedSerialExecutor() }

    /// - Throws: `engine.load`.
    init(request: GraphRequest) throws {
      artifact = request.artifact
      graph = request.graph
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
      let given = try exchange.inputs(inputs).inputs
      // ExecuTorch takes inputs by position.
      let ordered = try graph.inputs.map { spec in
        guard let tensor = given[spec.name] else {
          throw H3AEError(.tensorShape, "\(artifact.graph) needs the input '\(spec.name)'")
        }
        return tensor
      }
      let values = try execute(module, ordered)
      guard values.count == exchange.outputs.count else {
        throw H3AEError(
          .engineOutput,
          "\(artifact.graph) gave \(values.count) outputs, not \(exchange.outputs.count)")
      }
      var outputs: [String: GraphOutput] = [:]
      for (spec, value) in zip(exchange.outputs, values) {
        outputs[spec.name] = .tensor(try tensor(of: value, spec))
      }
      return outputs
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
    private func tensor(of value: Value, _ spec: TensorSpec) throws -> H3AEKit.Tensor {
      let type = exchange.type(of: spec)
      guard let given = value.anyTensor, given.shape == spec.shape,
        given.dataType == type.dataType
      else {
        throw H3AEError(
          .engineOutput, "\(artifact.graph) gave no \(spec.name) as the bundle states it")
      }
      return H3AEKit.Tensor(shape: spec.shape, type: type) { target in
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
