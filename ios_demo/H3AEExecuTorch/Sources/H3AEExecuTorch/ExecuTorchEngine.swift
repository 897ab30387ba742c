#if canImport(ExecuTorch)
  import ExecuTorch
  import Foundation
  import H3AEKit

  /// ExecuTorch's runtime with XNNPACK, from its official Swift package: on the CPU.
  ///
  /// The app has to be linked with `-all_load`, or the backends that register themselves at start
  /// are left out (`docs/ios.md`).
  public struct ExecuTorchEngine: EngineFactory {
    public let target = "executorch"

    public init() {}

    public func computeUnits(for artifact: Manifest.Artifact) -> [ComputeUnits] { [.cpuOnly] }

    public func obstacle(to artifact: Manifest.Artifact) -> String? {
      artifact.backend == "xnnpack"
        ? nil : "\(artifact.graph) needs the backend \(artifact.backend) of ExecuTorch"
    }

    public func open(_ request: GraphRequest) async throws -> any GraphSession {
      try ExecuTorchSession(request: request)
    }

    /// Of the package's pinned revision.
    public var versions: [String: String] { ["executorch": "1.5.0"] }
  }
#endif
