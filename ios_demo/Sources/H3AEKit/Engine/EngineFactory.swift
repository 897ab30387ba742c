import Foundation

/// A runtime that opens the artifacts of one target.
public protocol EngineFactory: Sendable {
  /// Of `Manifest.Artifact.target`: `coreml`, `coreai`, `executorch`, `onnx`.
  var target: String { get }

  /// Where it can compute here, the preferred ones first. The decoder tries them in this order and
  /// trusts the first whose output passes the golden self-test.
  func computeUnits(for artifact: Manifest.Artifact) -> [ComputeUnits]

  /// Why this machine cannot run the artifact, in a sentence; nil if it can.
  func obstacle(to artifact: Manifest.Artifact) -> String?

  /// Compiles or specialises a graph so that `open` is quick, and keeps none of it in memory.
  /// Nothing by default.
  func prepare(_ request: GraphRequest) async throws

  /// Opens a graph.
  ///
  /// - Throws: `engine.load` if the runtime refuses the file.
  func open(_ request: GraphRequest) async throws -> any GraphSession

  /// Versions of what takes part, for a report: `["executorch": "1.5.1"]`.
  var versions: [String: String] { get }
}

extension EngineFactory {
  public func prepare(_ request: GraphRequest) async throws {}
}

/// The processors of a device that may compute, in Core ML's words; CPU runtimes have `cpuOnly`.
public struct ComputeUnits: RawRepresentable, Hashable, Sendable {
  public let rawValue: String
  public init(rawValue: String) { self.rawValue = rawValue }

  public static let all = ComputeUnits(rawValue: "all")
  public static let cpuAndNeuralEngine = ComputeUnits(rawValue: "cpuAndNeuralEngine")
  public static let cpuAndGPU = ComputeUnits(rawValue: "cpuAndGPU")
  public static let cpuOnly = ComputeUnits(rawValue: "cpuOnly")
}

/// A graph to open.
public struct GraphRequest: Sendable {
  /// Where the artifact's file or folder lies.
  public let url: URL
  public let artifact: Manifest.Artifact
  /// What callers exchange.
  public let graph: Manifest.Graph
  public let units: ComputeUnits
  /// To compute with, where the runtime lets itself be told; nil: its own choice.
  public let threads: Int?

  public init(
    url: URL, artifact: Manifest.Artifact, graph: Manifest.Graph, units: ComputeUnits,
    threads: Int? = nil
  ) {
    self.url = url
    self.artifact = artifact
    self.graph = graph
    self.units = units
    self.threads = threads
  }
}
