// Follows extension/apple/ExecuTorch/Exported of https://github.com/pytorch/executorch:
// ExecuTorchModule.h, ExecuTorchTensor.h, ExecuTorchValue.h and their Swift files.
//
// None of these classes is Sendable.

@_exported import Foundation

public enum DataType: Int, Sendable {
  case byte = 0
  case char = 1
  case short = 2
  case int = 3
  case long = 4
  case half = 5
  case float = 6
  case double = 7
}

public enum ShapeDynamism: Int, Sendable {
  case `static` = 0
  case dynamicBound = 1
}

open class AnyTensor: NSObject {
  public convenience init(
    bytesNoCopy pointer: UnsafeMutableRawPointer, shape: [Int], strides: [Int] = [],
    dimensionOrder: [Int] = [], dataType: DataType, shapeDynamism: ShapeDynamism = .dynamicBound
  ) { fatalError("signature") }
  public var shape: [Int] { fatalError("signature") }
  open var dataType: DataType { fatalError("signature") }
  open func bytes(_ handler: (UnsafeRawPointer, Int, DataType) -> Void) { fatalError("signature") }
}

open class Value: NSObject {
  public var anyTensor: AnyTensor? { fatalError("signature") }
}

public protocol ValueConvertible {
  func asValue() -> Value
}
extension Value: ValueConvertible {
  public func asValue() -> Value { self }
}
extension AnyTensor: ValueConvertible {
  public func asValue() -> Value { fatalError("signature") }
}

public enum ModuleLoadMode: Int, Sendable {
  case file = 0
  case mmap = 1
  case mmapUseMlock = 2
  case mmapUseMlockIgnoreErrors = 3
}

open class Module: NSObject {
  public init(filePath: String, loadMode: ModuleLoadMode) { fatalError("signature") }
  open func load(_ methodName: String) throws { fatalError("signature") }
  public func execute(_ method: String, _ inputs: [any ValueConvertible]) throws -> [Value] {
    fatalError("signature")
  }
}
