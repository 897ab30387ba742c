#if canImport(CoreAI)
  import CoreAI
  import H3AEKit

  @available(iOS 27.0, macOS 27.0, *)
  extension ComputeUnits {
    /// What Core AI is asked for: a wish for all but `cpuOnly`. nil for a word without a meaning here.
    var specialization: SpecializationOptions? {
      switch self {
      case .all: .default
      case .cpuAndNeuralEngine: SpecializationOptions(preferredComputeUnitKind: .neuralEngine)
      case .cpuAndGPU: SpecializationOptions(preferredComputeUnitKind: .gpu)
      case .cpuOnly: .cpuOnly
      default: nil
      }
    }
  }
#endif
