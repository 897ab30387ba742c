#if canImport(CoreML)
  import CoreML
  import Foundation
  import H3AEDevice
  import H3AEKit

  /// Core ML: ML programs, on the Neural Engine, the GPU and the CPU.
  ///
  ///     let decoder = VideoDecoder(bundle: bundle, engines: [try CoreMLEngine()])
  ///
  /// Packages are compiled once on a device (`CompiledModelStore`). The first load for the Neural
  /// Engine takes longer still, since the system compiles for the chip; it keeps the result itself.
  public struct CoreMLEngine: EngineFactory {
    public let target = "coreml"
    public let store: CompiledModelStore

    /// - Throws: `install.storage` if the app has no Application Support folder.
    public init() throws {
      self.init(folder: try applicationSupport("compiled"))
    }

    /// Keeps compiled models in a folder of the caller's.
    public init(folder: URL) {
      store = CompiledModelStore(folder: folder) { try await MLModel.compileModel(at: $0) }
    }

    /// The units that the file was prepared for, then all others that can run it: a self-test that
    /// fails on one goes on to the next, and the CPU comes last.
    public func computeUnits(for artifact: Manifest.Artifact) -> [ComputeUnits] {
      // The Neural Engine computes in fp16 alone: an fp32 file would only pay for the attempt.
      let known: [ComputeUnits] =
        artifact.precision == "fp32"
        ? [.cpuAndGPU, .cpuOnly] : [.all, .cpuAndNeuralEngine, .cpuAndGPU, .cpuOnly]
      let wanted = artifact.computeUnits.map { [$0] } ?? []
      return wanted.filter { $0.coreML != nil } + known.filter { !wanted.contains($0) }
    }

    public func obstacle(to artifact: Manifest.Artifact) -> String? {
      SystemVersion.current.obstacle(to: artifact)
    }

    /// Compiles the package, and lets the system compile it for the chip by loading it once; on
    /// later calls there is nothing left to do until the system is updated.
    public func prepare(_ request: GraphRequest) async throws {
      let sha256 = request.artifact.sha256
      let purpose =
        "\(request.artifact.entry)-\(request.units.rawValue)-\(SystemVersion.current)"
      let isCompiled = await store.contains(sha256: sha256)
      if isCompiled, await store.isPrepared(sha256: sha256, for: purpose) { return }
      // The model is let go at once.
      try await withCompiled(request) { _ = try await CoreMLSession.model(request, compiled: $0) }
      await store.markPrepared(sha256: sha256, for: purpose)
    }

    public func open(_ request: GraphRequest) async throws -> any GraphSession {
      try await withCompiled(request) { try await CoreMLSession(request: request, compiled: $0) }
    }

    public var versions: [String: String] { ["coreml": SystemVersion.current.description] }

    /// Which unit Core ML would run each operation of a bundle's graphs on, for the report.
    ///
    /// - Throws: `engine.load`, `artifact.unknown`.
    public func placement(
      of graphs: [String], in bundle: ModelBundle, variant: Variant
    ) async throws -> ProfileReport.Placement {
      var items: [ProfileReport.Placement.Item] = []
      for name in graphs {
        let request = try Self.request(name, in: bundle, variant)
        let compiled = try await store.compiled(request.url, sha256: request.artifact.sha256)
        items += try await ComputePlan.shares(of: request, compiled: compiled).map {
          .init(graph: $0.graph, unit: $0.unit, operations: $0.operations, cost: $0.cost)
        }
      }
      return .init(method: "MLComputePlan", items: items)
    }

    private static func request(
      _ name: String, in bundle: ModelBundle, _ variant: Variant
    ) throws -> GraphRequest {
      let artifact = bundle.manifest.artifacts.first {
        $0.graph == name && $0.target == variant.target && $0.precision == variant.precision
          && $0.backend == variant.backend
      }
      guard let artifact, let graph = bundle.manifest.graphs[name] else {
        throw H3AEError(.artifactUnknown, "the bundle holds no '\(name)' for \(variant)")
      }
      return GraphRequest(
        url: try bundle.url(of: artifact), artifact: artifact, graph: graph, units: variant.units)
    }

    private func withCompiled<Result: Sendable>(
      _ request: GraphRequest, _ load: @Sendable (URL) async throws -> Result
    ) async throws -> Result {
      try await store.load(
        request.url, sha256: request.artifact.sha256, system: SystemVersion.current.description,
        with: load)
    }
  }
#endif
