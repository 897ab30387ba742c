#if canImport(CoreML)
  import CoreML
  import H3AEKit

  extension ComputeUnits {
    /// Core ML's value; nil for a word that it does not know.
    var coreML: MLComputeUnits? {
      switch self {
      case .all: .all
      case .cpuAndNeuralEngine: .cpuAndNeuralEngine
      case .cpuAndGPU: .cpuAndGPU
      case .cpuOnly: .cpuOnly
      default: nil
      }
    }
  }
#endif
