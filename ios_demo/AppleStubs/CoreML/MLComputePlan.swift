// Follows https://developer.apple.com/documentation/coreml/mlcomputeplan-1w21n,
// .../mlmodelstructure-swift.enum and .../mlcomputedevice

@_exported import Foundation

@available(macOS 14.0, iOS 17.0, *)
public final class MLCPUComputeDevice: NSObject, @unchecked Sendable {
  // Immutable; Apple's header declares it Sendable, as the two below.
  fileprivate override init() {}
}
@available(macOS 14.0, iOS 17.0, *)
public final class MLGPUComputeDevice: NSObject, @unchecked Sendable {
  fileprivate override init() {}
}
@available(macOS 14.0, iOS 17.0, *)
public final class MLNeuralEngineComputeDevice: NSObject, @unchecked Sendable {
  fileprivate override init() {}
  public var totalCoreCount: Int { fatalError("signature") }
}

@available(macOS 14.0, iOS 17.0, *)
public enum MLComputeDevice: Sendable {
  case cpu(MLCPUComputeDevice)
  case gpu(MLGPUComputeDevice)
  case neuralEngine(MLNeuralEngineComputeDevice)
}

@available(macOS 14.4, iOS 17.4, *)
public enum MLModelStructure: Sendable {
  public struct Program: Sendable {
    public struct Function: Sendable {
      public let block: Block
    }
    public struct Block: Sendable {
      public let outputNames: [String]
      public let operations: [Operation]
    }
    public struct Operation: Sendable {
      public let operatorName: String
      public let blocks: [Block]
    }
    public let functions: [String: Function]
  }
  public struct NeuralNetwork: Sendable {}
  public struct Pipeline: Sendable {}
  case neuralNetwork(NeuralNetwork)
  case program(Program)
  case pipeline(Pipeline)
  case unsupported
}

@available(macOS 14.4, iOS 17.4, *)
public final class MLComputePlan: @unchecked Sendable {
  // Immutable after loading; Core ML declares it Sendable.
  fileprivate init() {}
  public struct Cost: Sendable {
    public let weight: Double
  }
  public struct DeviceUsage: Sendable {
    public let supported: [MLComputeDevice]
    public let preferred: MLComputeDevice
  }
  public static func load(
    contentsOf url: URL, configuration: MLModelConfiguration
  ) async throws -> MLComputePlan { fatalError("signature") }
  public var modelStructure: MLModelStructure { fatalError("signature") }
  public func deviceUsage(for operation: MLModelStructure.Program.Operation) -> DeviceUsage? {
    fatalError("signature")
  }
  public func estimatedCost(of operation: MLModelStructure.Program.Operation) -> Cost? {
    fatalError("signature")
  }
}
