import CExecuTorchShim
import H3AEKit

/// A graph as a method of a saved program. Every session maps the file anew; its pages are shared.
actor ExecuTorchHostSession: GraphSession {
  private let exchange: GraphExchange
  private let name: String
  private var method: ExecuTorchMethod?

  init(_ request: GraphRequest) throws {
    exchange = GraphExchange(request)
    name = request.artifact.graph
    method = try ExecuTorchMethod(path: request.url.path, method: request.artifact.entry)
  }

  func run(_ inputs: [String: Tensor]) throws -> [String: GraphOutput] {
    guard let method else { throw H3AEError(.decodeState, "the session of \(name) is closed") }
    return try exchange.named(method.run(exchange.ordered(inputs).map(\.tensor)))
  }

  /// Nothing: caches are inputs and outputs.
  func reset() {}

  func close() { method = nil }
}

/// A loaded method; belongs to the one actor that holds it.
private final class ExecuTorchMethod {
  private let handle: OpaquePointer

  init(path: String, method: String) throws {
    var opened: OpaquePointer?
    try check(h3ae_et_open(path, method, &opened), .engineLoad, "cannot load '\(method)'")
    guard let opened else { throw H3AEError(.engineLoad, "ExecuTorch gave no method") }
    handle = opened
  }

  deinit { h3ae_et_close(handle) }

  func run(_ inputs: [Tensor]) throws -> [Tensor] {
    let sizes = inputs.map { $0.shape.map(Int32.init) }
    return try Tensor.withUnsafeBytes(of: inputs) { buffers in
      // One array for all sizes, so that one pointer holds for all of them.
      let flat = sizes.flatMap(\.self)
      return try flat.withUnsafeBufferPointer { flat in
        var next = flat.baseAddress
        var arguments: [h3ae_et_tensor] = []
        for (input, buffer) in zip(inputs, buffers) {
          arguments.append(
            h3ae_et_tensor(
              data: buffer.baseAddress, sizes: next, rank: input.shape.count, bytes: buffer.count,
              type: input.type.torch))
          next = next?.advanced(by: input.shape.count)
        }
        return try run(arguments)
      }
    }
  }

  private func run(_ arguments: [h3ae_et_tensor]) throws -> [Tensor] {
    var views: UnsafePointer<h3ae_et_tensor>?
    var count = 0
    try check(
      h3ae_et_run(handle, arguments, arguments.count, &views, &count), .engineRun, "failed")
    return try UnsafeBufferPointer(start: views, count: count).map(copy)
  }

  /// The method's memory is written anew by its next run.
  private func copy(_ view: h3ae_et_tensor) throws -> Tensor {
    let shape = UnsafeBufferPointer(start: view.sizes, count: view.rank).map(Int.init)
    guard let type = ElementType(torch: view.type),
      shape.reduce(type.byteCount, *) == view.bytes
    else {
      throw H3AEError(.engineRun, "ExecuTorch gave a tensor of an unknown type")
    }
    return Tensor(shape: shape, type: type) {
      $0.copyMemory(from: UnsafeRawBufferPointer(start: view.data, count: view.bytes))
    }
  }
}

extension ElementType {
  fileprivate init?(torch number: Int32) {
    guard let type = Self.allCases.first(where: { $0.torch == number }) else { return nil }
    self = type
  }

  /// Torch's number of the scalar type.
  fileprivate var torch: Int32 {
    switch self {
    case .uint8: 0
    case .int32: 3
    case .float16: 5
    case .float32: 6
    }
  }
}
