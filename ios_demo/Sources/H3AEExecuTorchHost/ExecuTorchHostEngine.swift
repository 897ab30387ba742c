import CExecuTorchShim
import H3AEKit

/// Runs ExecuTorch programs on a host, in the C++ runtime that the Python package brings. Apple's
/// systems have the official Swift package instead (`H3AEExecuTorch`).
public struct ExecuTorchHostEngine: EngineFactory {
  public let target = "executorch"
  private let version: String

  /// - Parameter version: of the runtime, for reports; it does not tell itself.
  public init(version: String = "unknown") { self.version = version }

  public func computeUnits(for artifact: Manifest.Artifact) -> [ComputeUnits] { [.cpuOnly] }

  public func obstacle(to artifact: Manifest.Artifact) -> String? {
    let missing = artifact.delegates.keys.sorted().first { h3ae_et_has_backend($0) == 0 }
    return missing.map { "the ExecuTorch runtime of this machine has no \($0)" }
  }

  public func open(_ request: GraphRequest) async throws -> any GraphSession {
    if let threads = request.threads {
      try check(h3ae_et_set_threads(UInt32(clamping: threads)), .engineLoad, "cannot set threads")
    }
    return try ExecuTorchHostSession(request)
  }

  public var versions: [String: String] { ["executorch": version] }
}

func check(_ error: Int32, _ code: H3AEError.Code, _ what: String) throws {
  guard error != 0 else { return }
  let reason = h3ae_et_message(error).map { String(cString: $0) } ?? "error \(error)"
  throw H3AEError(code, "ExecuTorch \(what): \(reason)")
}
