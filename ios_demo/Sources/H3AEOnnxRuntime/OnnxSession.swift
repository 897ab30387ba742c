import COnnxRuntime
import Foundation
import H3AEKit

/// A graph as a model `ENTRY.onnx` in the folder of an artifact.
actor OnnxSession: GraphSession {
  private let exchange: GraphExchange
  private let name: String
  private var handles: OnnxHandles?

  init(_ request: GraphRequest, _ library: OnnxLibrary) throws {
    exchange = GraphExchange(request)
    name = request.artifact.graph
    let model = request.url.appendingPathComponent("\(request.artifact.entry).onnx")
    handles = try OnnxHandles(library, model: model.path, threads: request.threads)
  }

  func run(_ inputs: [String: Tensor]) throws -> [String: GraphOutput] {
    guard let handles else { throw H3AEError(.decodeState, "the session of \(name) is closed") }
    let outputs = try handles.run(exchange.ordered(inputs), exchange.outputs.map(\.name))
    return try exchange.named(outputs)
  }

  /// Nothing: caches are inputs and outputs.
  func reset() {}

  func close() { handles = nil }
}

/// What ONNX Runtime made for one model.
///
/// `@unchecked Sendable`: its pointers are set once and freed in `deinit`, when nobody holds it any
/// more. ONNX Runtime documents `Run` of one session as safe on several threads; here the actor
/// above lets one call go on at a time, and `OnnxValue` only keeps this alive.
final class OnnxHandles: @unchecked Sendable {
  let library: OnnxLibrary
  private var session: OpaquePointer?
  private var memory: OpaquePointer?

  init(_ library: OnnxLibrary, model: String, threads: Int?) throws {
    self.library = library
    let api = library.api
    var options: OpaquePointer?
    try library.check(api.CreateSessionOptions(&options), .engineLoad)
    defer { api.ReleaseSessionOptions(options) }
    if let threads {
      try library.check(api.SetIntraOpNumThreads(options, Int32(threads)), .engineLoad)
    }
    // Threads that spin between two calls take the cores from the other stage.
    try library.check(
      api.AddSessionConfigEntry(options, "session.intra_op.allow_spinning", "0"), .engineLoad)
    try library.check(
      api.CreateSession(library.environment, model, options, &session), .engineLoad)
    try library.check(
      api.CreateCpuMemoryInfo(OrtArenaAllocator, OrtMemTypeDefault, &memory), .engineLoad)
  }

  deinit {
    library.api.ReleaseMemoryInfo(memory)
    library.api.ReleaseSession(session)
  }

  func run(_ inputs: [(name: String, tensor: Tensor)], _ outputs: [String]) throws -> [Tensor] {
    let api = library.api
    var results = [OpaquePointer?](repeating: nil, count: outputs.count)
    try Tensor.withUnsafeBytes(of: inputs.map(\.tensor)) { buffers in
      var values: [OpaquePointer?] = []
      defer { for value in values { api.ReleaseValue(value) } }
      for (input, buffer) in zip(inputs, buffers) {
        values.append(try value(input.tensor, buffer))
      }
      try withCStrings(inputs.map(\.name)) { inputNames in
        try withCStrings(outputs) { outputNames in
          try library.check(
            api.Run(
              session, nil, inputNames, values, values.count, outputNames, outputs.count, &results),
            .engineRun)
        }
      }
    }
    let owned = try results.map { try OnnxValue($0, self) }
    return try owned.map { try $0.tensor() }
  }

  /// ONNX Runtime only reads inputs, though its signature wants them mutable.
  private func value(_ tensor: Tensor, _ bytes: UnsafeRawBufferPointer) throws -> OpaquePointer? {
    var value: OpaquePointer?
    let shape = tensor.shape.map(Int64.init)
    try library.check(
      library.api.CreateTensorWithDataAsOrtValue(
        memory, UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count, shape,
        shape.count, tensor.type.onnx, &value),
      .engineRun)
    return value
  }
}

/// A tensor that ONNX Runtime made, freed with the last `Tensor` that shows it.
///
/// `@unchecked Sendable`: the pointer is set once, what it points to is finished when `Run` returns,
/// and `deinit` frees it when nobody holds it any more.
final class OnnxValue: @unchecked Sendable {
  private let value: OpaquePointer
  private let handles: OnnxHandles

  init(_ value: OpaquePointer?, _ handles: OnnxHandles) throws {
    guard let value else { throw H3AEError(.engineRun, "ONNX Runtime gave no output") }
    self.value = value
    self.handles = handles
  }

  deinit { handles.library.api.ReleaseValue(value) }

  func tensor() throws -> Tensor {
    let api = handles.library.api
    var info: OpaquePointer?
    try handles.library.check(api.GetTensorTypeAndShape(value, &info), .engineRun)
    defer { api.ReleaseTensorTypeAndShapeInfo(info) }
    var rank = 0
    try handles.library.check(api.GetDimensionsCount(info, &rank), .engineRun)
    var dimensions = [Int64](repeating: 0, count: rank)
    try handles.library.check(api.GetDimensions(info, &dimensions, rank), .engineRun)
    var word = ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED
    try handles.library.check(api.GetTensorElementType(info, &word), .engineRun)
    var data: UnsafeMutableRawPointer?
    try handles.library.check(api.GetTensorMutableData(value, &data), .engineRun)
    guard let type = ElementType(onnx: word), let data else {
      throw H3AEError(.engineRun, "ONNX Runtime gave a tensor of an unknown type")
    }
    let shape = dimensions.map(Int.init)
    let bytes = UnsafeRawBufferPointer(start: data, count: shape.reduce(type.byteCount, *))
    return Tensor(shape: shape, type: type, wrapping: bytes, owner: self)
  }
}

extension ElementType {
  fileprivate init?(onnx word: ONNXTensorElementDataType) {
    guard let type = Self.allCases.first(where: { $0.onnx == word }) else { return nil }
    self = type
  }

  fileprivate var onnx: ONNXTensorElementDataType {
    switch self {
    case .float32: ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT
    case .float16: ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16
    case .int32: ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32
    case .uint8: ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT8
    }
  }
}

/// Lends texts as C strings.
private func withCStrings<R>(
  _ texts: [String], _ body: ([UnsafePointer<CChar>?]) throws -> R
) rethrows -> R {
  let copies = texts.map { strdup($0) }
  defer { for copy in copies { free(copy) } }
  return try body(copies.map { UnsafePointer($0) })
}
