// Follows https://developer.apple.com/documentation/coreml/mlmodel,
// .../mlmodelconfiguration, .../mlmultiarray, .../mlfeaturevalue, .../mlpredictionoptions
// and .../mlstate
//
// MLModel, MLMultiArray and MLFeatureValue are not Sendable; MLState is.

@_exported import CoreVideo
@_exported import Foundation

public enum MLComputeUnits: Int, Sendable {
  case cpuOnly = 0
  case cpuAndGPU = 1
  case all = 2
  case cpuAndNeuralEngine = 3
}

public enum MLMultiArrayDataType: Int, Sendable {
  case double = 0x10040
  case float32 = 0x10020
  case float16 = 0x10010
  case int32 = 0x20020
}

@available(macOS 14.4, iOS 17.4, *)
public struct MLOptimizationHints: Sendable {
  @available(macOS 15.0, iOS 18.0, *)
  public enum SpecializationStrategy: Int, Sendable {
    case `default` = 0
    case fastPrediction = 1
  }
  public enum ReshapeFrequency: Int, Sendable {
    case frequent = 0
    case infrequent = 1
  }
  public var reshapeFrequency: ReshapeFrequency
  @available(macOS 15.0, iOS 18.0, *)
  public var specializationStrategy: SpecializationStrategy {
    get { fatalError("signature") }
    set {}
  }
}

open class MLModelConfiguration: NSObject {
  public override init() {}
  open var computeUnits: MLComputeUnits {
    get { fatalError("signature") }
    set {}
  }
  @available(macOS 15.0, iOS 18.0, *)
  open var functionName: String? {
    get { fatalError("signature") }
    set {}
  }
  @available(macOS 14.4, iOS 17.4, *)
  open var optimizationHints: MLOptimizationHints {
    get { fatalError("signature") }
    set {}
  }
}

open class MLMultiArray: NSObject {
  public init(shape: [NSNumber], dataType: MLMultiArrayDataType) throws { fatalError("signature") }
  public init(
    dataPointer: UnsafeMutableRawPointer, shape: [NSNumber], dataType: MLMultiArrayDataType,
    strides: [NSNumber], deallocator: ((UnsafeMutableRawPointer) -> Void)? = nil
  ) throws { fatalError("signature") }
  public init(pixelBuffer: CVPixelBuffer, shape: [NSNumber]) { fatalError("signature") }
  open var dataType: MLMultiArrayDataType { fatalError("signature") }
  open var shape: [NSNumber] { fatalError("signature") }
  open var strides: [NSNumber] { fatalError("signature") }
  open var count: Int { fatalError("signature") }
  open var pixelBuffer: CVPixelBuffer? { fatalError("signature") }
}

extension MLMultiArray {
  public func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
    fatalError("signature")
  }
  public func withUnsafeMutableBytes<R>(
    _ body: (UnsafeMutableRawBufferPointer, [Int]) throws -> R
  ) rethrows -> R { fatalError("signature") }
}

open class MLFeatureValue: NSObject {
  public convenience init(multiArray value: MLMultiArray) { fatalError("signature") }
  public convenience init(pixelBuffer value: CVPixelBuffer) { fatalError("signature") }
  open var multiArrayValue: MLMultiArray? { fatalError("signature") }
  open var imageBufferValue: CVPixelBuffer? { fatalError("signature") }
}

public protocol MLFeatureProvider {
  var featureNames: Set<String> { get }
  func featureValue(for featureName: String) -> MLFeatureValue?
}

open class MLDictionaryFeatureProvider: NSObject, MLFeatureProvider {
  public init(dictionary: [String: Any]) throws { fatalError("signature") }
  open var featureNames: Set<String> { fatalError("signature") }
  open func featureValue(for featureName: String) -> MLFeatureValue? { fatalError("signature") }
}

open class MLPredictionOptions: NSObject {
  public override init() {}
  @available(macOS 13.0, iOS 16.0, *)
  open var outputBackings: [String: Any] {
    get { fatalError("signature") }
    set {}
  }
}

@available(macOS 15.0, iOS 18.0, *)
public final class MLState: NSObject, @unchecked Sendable {
  // Apple's header declares it Sendable; predictions that share one must not overlap.
  fileprivate override init() {}
  public func withMultiArray<R>(
    for stateName: String, _ body: (MLMultiArray) throws -> R
  ) rethrows -> R { fatalError("signature") }
}

open class MLModel: NSObject {
  fileprivate override init() {}

  @available(macOS 12.0, iOS 15.0, *)
  public class func load(
    contentsOf url: URL, configuration: MLModelConfiguration = MLModelConfiguration()
  ) async throws -> MLModel { fatalError("signature") }

  @available(macOS 13.0, iOS 16.0, *)
  public class func compileModel(at url: URL) async throws -> URL { fatalError("signature") }

  open func prediction(
    from input: any MLFeatureProvider, options: MLPredictionOptions
  ) throws -> any MLFeatureProvider { fatalError("signature") }

  @available(macOS 14.0, iOS 17.0, *)
  public func prediction(
    from input: any MLFeatureProvider, options: MLPredictionOptions = MLPredictionOptions()
  ) async throws -> any MLFeatureProvider { fatalError("signature") }

  @available(macOS 15.0, iOS 18.0, *)
  public func makeState() -> MLState { fatalError("signature") }

  @available(macOS 15.0, iOS 18.0, *)
  open func prediction(
    from inputFeatures: any MLFeatureProvider, using state: MLState, options: MLPredictionOptions
  ) throws -> any MLFeatureProvider { fatalError("signature") }

  @available(macOS 15.0, iOS 18.0, *)
  public func prediction(
    from input: any MLFeatureProvider, using state: MLState,
    options: MLPredictionOptions = MLPredictionOptions()
  ) async throws -> any MLFeatureProvider { fatalError("signature") }
}
