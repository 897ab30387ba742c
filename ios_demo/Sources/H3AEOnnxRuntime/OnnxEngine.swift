import H3AEKit

/// Runs ONNX models on the CPU, through ONNX Runtime's C interface. For Macs and servers: phones
/// have faster engines.
public struct OnnxEngine: EngineFactory {
  public let target = "onnx"
  private let library: Result<OnnxLibrary, H3AEError>

  /// - Parameter library: path of `libonnxruntime`; nil: where the environment variable
  ///   `H3AE_ONNXRUNTIME_LIBRARY` says, else where the system's loader finds it.
  public init(library path: String? = nil) {
    do {
      library = .success(try OnnxLibrary(path: path))
    } catch {
      library = .failure(error as? H3AEError ?? H3AEError(.engineUnavailable, "\(error)"))
    }
  }

  public func computeUnits(for artifact: Manifest.Artifact) -> [ComputeUnits] { [.cpuOnly] }

  public func obstacle(to artifact: Manifest.Artifact) -> String? {
    if case .failure(let error) = library { error.message } else { nil }
  }

  public func open(_ request: GraphRequest) async throws -> any GraphSession {
    try OnnxSession(request, library.get())
  }

  public var versions: [String: String] {
    (try? library.get()).map { ["onnxruntime": $0.version] } ?? [:]
  }
}
