import Foundation
import Synchronization

@testable import H3AEKit

/// A runtime of one line of arithmetic for the graphs of `ArithmeticBundle`, which can fail in every
/// way that real ones do. What frames look like is tested with real runtimes (EndToEndTests).
final class ArithmeticEngine: EngineFactory {
  /// What goes wrong on some units.
  enum Fault: Sendable {
    case refusesToOpen
    case notFinite
    case wrong
    /// All but the first step of a stream, alone.
    case wrongStream
    /// The encoder of first frames, alone.
    case wrongFirstFrame
    /// Graphs that take the features of a first frame do not load.
    case refusesFirstFrames
  }

  let target = "arithmetic"
  let versions: [String: String]
  let units: [ComputeUnits]
  let faults: [ComputeUnits: Fault]
  /// Whether caches stay inside, as with a runtime's states.
  let keepsStates: Bool
  let obstacle: String?
  /// "prepare", "open", "close" and graphs, in their order.
  let log = Mutex<[String]>([])
  /// Sessions that run at this moment; more than one is a fault of the caller.
  let running = Mutex(0)
  let overlaps = Mutex(0)
  /// Awaited at every event but runs.
  private let pause: @Sendable (_ event: String) async -> Void

  init(
    units: [ComputeUnits] = [.cpuOnly], faults: [ComputeUnits: Fault] = [:],
    keepsStates: Bool = false, obstacle: String? = nil, version: String = "1",
    pause: @escaping @Sendable (_ event: String) async -> Void = { _ in }
  ) {
    self.pause = pause
    versions = ["arithmetic": version]
    self.units = units
    self.faults = faults
    self.keepsStates = keepsStates
    self.obstacle = obstacle
  }

  func computeUnits(for artifact: Manifest.Artifact) -> [ComputeUnits] { units }
  func obstacle(to artifact: Manifest.Artifact) -> String? { obstacle }

  func prepare(_ request: GraphRequest) async throws {
    await reach("prepare \(request.artifact.graph)")
  }

  func open(_ request: GraphRequest) async throws -> any GraphSession {
    let fault = faults[request.units]
    if case .refusesToOpen = fault { throw H3AEError(.engineLoad, "the file is of no use") }
    if case .refusesFirstFrames = fault, request.artifact.graph.hasSuffix("_i2v") {
      throw H3AEError(.engineLoad, "too many inputs")
    }
    await reach("open \(request.artifact.graph)")
    return ArithmeticSession(request, self, fault)
  }

  func reach(_ event: String) async {
    note(event)
    await pause(event)
  }

  func note(_ event: String) { log.withLock { $0.append(event) } }
  func events(_ prefix: String) -> [String] { log.withLock { $0.filter { $0.hasPrefix(prefix) } } }
}

/// temporal: the feature of a frame is the sum of all latents up to its own. `first` and `next` keep
/// that sum as a cache. A condition is added to it. frame: pixels are a tenth of the feature.
private actor ArithmeticSession: GraphSession {
  private let graph: Manifest.Graph
  private let name: String
  private let exchange: GraphExchange
  private let engine: ArithmeticEngine
  private let fault: ArithmeticEngine.Fault?
  private var state: Float = 0

  init(_ request: GraphRequest, _ engine: ArithmeticEngine, _ fault: ArithmeticEngine.Fault?) {
    graph = request.graph
    name = request.artifact.graph
    exchange = GraphExchange(request)
    self.engine = engine
    self.fault = fault
  }

  func run(_ inputs: [String: Tensor]) async throws -> [String: GraphOutput] {
    let concurrent = engine.running.withLock { running in
      running += 1
      return running
    }
    if concurrent > 1 { engine.overlaps.withLock { $0 += 1 } }
    defer { engine.running.withLock { $0 -= 1 } }
    engine.note("run \(name)")
    await Task.yield()
    let (given, states) = try exchange.inputs(inputs)
    if let held = states["sum_in"] { state = try held.floats[0] }
    let condition = try given["first_feature"]?.floats[0] ?? 0
    switch graph.role {
    case "frame": return ["frames": .tensor(try pixels(given["features"]))]
    case "image_encoder": return try encoded(given["image"])
    default:
      let start = try given["sum_in"]?.floats[0] ?? (graph.role == "next" ? state : 0)
      return try summed(given["latents"], start, condition)
    }
  }

  func reset() { state = .nan }

  func close() async { await engine.reach("close \(name)") }

  private func summed(
    _ latents: Tensor?, _ start: Float, _ condition: Float
  ) throws -> [String: GraphOutput] {
    var sum = start
    if case .wrongStream = fault, graph.role == "next" { sum += 5 }
    var rows: [Float] = []
    for (index, latent) in try (latents?.floats ?? []).enumerated() {
      sum += latent
      let isFirst = index == 0 && graph.role != "next"
      rows += [Float](repeating: sum + condition, count: isFirst ? 1 : 8)
    }
    state = sum
    let features = try Tensor(
      shape: [rows.count, 1, 8, 8], floats: rows.flatMap { [Float](repeating: $0, count: 64) })
    let cache = try Tensor(shape: [1], floats: [sum])
    var outputs: [String: GraphOutput] = ["features": .tensor(features)]
    if exchange.outputs.contains(where: { $0.name == "sum_out" }) {
      outputs["sum_out"] = .tensor(cache)
    }
    return outputs
  }

  private func pixels(_ features: Tensor?) throws -> Tensor {
    guard let features else { throw H3AEError(.engineRun, "no features") }
    let values = try features.floats
    let frames = (0..<features.count).flatMap { row -> [Float] in
      let value: Float =
        switch fault {
        case .notFinite: .nan
        case .wrong: values[row * 64] / 10 + 0.5
        default: values[row * 64] / 10
        }
      return [Float](repeating: value, count: 3 * 32 * 32)
    }
    return try Tensor(shape: [features.count, 3, 32, 32], floats: frames)
  }

  private func encoded(_ image: Tensor?) throws -> [String: GraphOutput] {
    let first = try image?.floats[0] ?? 0
    let latents = try Tensor(shape: [1, 1, 1, 1], floats: [first])
    var feature = latents
    if case .wrongFirstFrame = fault {
      feature = try Tensor(shape: [1, 1, 1, 1], floats: [first + 5])
    }
    return ["latents": .tensor(latents), "feature": .tensor(feature)]
  }
}
