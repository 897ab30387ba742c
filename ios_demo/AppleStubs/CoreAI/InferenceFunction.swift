// Follows https://developer.apple.com/documentation/coreai/inferencefunction,
// .../inferencefunctiondescriptor and .../inferencevalue (iOS 27)
//
// MutableViews is `~Escapable` in Apple's interface: it must not outlive the values it points at.

@_exported import Foundation

@available(macOS 27.0, iOS 27.0, *)
public struct InferenceValue: ~Copyable {
  public enum Descriptor: Sendable {
    case ndArray(NDArrayDescriptor)
    case image(ImageDescriptor)
  }
  public protocol MutableViewRepresentable: ~Copyable {}
  public var ndArray: NDArray? { fatalError("signature") }
}

@available(macOS 27.0, iOS 27.0, *)
public struct ImageDescriptor: Sendable {
  public var width: Int { fatalError("signature") }
  public var height: Int { fatalError("signature") }
}

@available(macOS 27.0, iOS 27.0, *)
extension NDArray: InferenceValue.MutableViewRepresentable {}

@available(macOS 27.0, iOS 27.0, *)
public struct InferenceFunctionDescriptor: Sendable {
  public var inputNames: [String] { fatalError("signature") }
  public var outputNames: [String] { fatalError("signature") }
  public var stateNames: [String] { fatalError("signature") }
  public func inputDescriptor(of inputName: String) -> InferenceValue.Descriptor? {
    fatalError("signature")
  }
  public func outputDescriptor(of outputName: String) -> InferenceValue.Descriptor? {
    fatalError("signature")
  }
  public func stateDescriptor(of stateName: String) -> InferenceValue.Descriptor? {
    fatalError("signature")
  }
}

@available(macOS 27.0, iOS 27.0, *)
public struct InferenceFunction: Sendable {
  public struct MutableViews: ~Copyable {
    public init() {}
    public mutating func insert(
      _ value: inout some InferenceValue.MutableViewRepresentable & ~Copyable, for name: String
    ) { fatalError("signature") }
  }

  public struct Outputs: ~Copyable {
    public var count: Int { fatalError("signature") }
    public mutating func remove(_ outputName: String) -> InferenceValue? { fatalError("signature") }
  }

  fileprivate init() { fatalError("signature") }
  public let descriptor: InferenceFunctionDescriptor
  public func run(
    inputs: [String: NDArray], states: consuming MutableViews = MutableViews(),
    outputViews: consuming MutableViews = MutableViews()
  ) async throws -> Outputs { fatalError("signature") }
}
