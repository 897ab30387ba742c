import Foundation
import H3AEKit

#if canImport(CoreML)
  import H3AECoreML
#endif
#if WITH_ONNXRUNTIME
  import H3AEOnnxRuntime
#endif
#if WITH_EXECUTORCH
  import H3AEExecuTorchHost
#endif

/// The engines of this machine, the preferred ones first.
enum HostEngines {
  static func all() throws -> [any EngineFactory] {
    var engines: [any EngineFactory] = []
    #if os(macOS)
      engines += try apple()
    #endif
    #if WITH_EXECUTORCH
      engines.append(ExecuTorchHostEngine())
    #endif
    #if WITH_ONNXRUNTIME
      engines.append(OnnxEngine())
    #endif
    return engines
  }

  #if canImport(CoreML)
    private static func apple() throws -> [any EngineFactory] { [try CoreMLEngine()] }
  #endif
}
