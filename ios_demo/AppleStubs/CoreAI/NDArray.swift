// Follows https://developer.apple.com/documentation/coreai/ndarray,
// .../ndarray/view, .../ndarray/mutableview and .../ndarraydescriptor (iOS 27)
//
// Views are `~Escapable` in Apple's interface; Swift 6.0 has that only as an experiment, so they
// are `~Copyable` here. `Span` is the standard library's from Swift 6.2.

@_exported import Foundation

public struct Span<Element> {
  public var count: Int { fatalError("signature") }
  public subscript(_ position: Int) -> Element { fatalError("signature") }
}

@available(macOS 27.0, iOS 27.0, *)
public struct NDArray: Sendable {
  public enum ScalarType: Sendable, Hashable {
    case float64
    case float32
    case float16
    case bfloat16
    case int64
    case int32
    case int16
    case int8
    case uint8
  }

  public struct View<Element: BitwiseCopyable>: ~Copyable {
    public consuming func withUnsafePointer<R, E: Error>(
      _ body: (UnsafePointer<Element>, Span<Int>, Span<Int>) throws(E) -> R
    ) throws(E) -> R { fatalError("signature") }
  }

  public struct MutableView<Element: BitwiseCopyable>: ~Copyable {
    public consuming func withUnsafeMutablePointer<R, E: Error>(
      _ body: (UnsafeMutablePointer<Element>, Span<Int>, Span<Int>) throws(E) -> R
    ) throws(E) -> R { fatalError("signature") }
  }

  public init(shape: [Int], scalarType: ScalarType) { fatalError("signature") }
  public init(descriptor: consuming NDArrayDescriptor) { fatalError("signature") }
  public var shape: [Int] { fatalError("signature") }
  public var scalarType: ScalarType { fatalError("signature") }
  public func view<T: BitwiseCopyable>(as type: T.Type = T.self) -> View<T> {
    fatalError("signature")
  }
  public mutating func mutableView<T: BitwiseCopyable>(as type: T.Type = T.self) -> MutableView<T> {
    fatalError("signature")
  }
}

@available(macOS 27.0, iOS 27.0, *)
public struct NDArrayDescriptor: Sendable {
  public var shape: [Int] { fatalError("signature") }
  public var scalarType: NDArray.ScalarType { fatalError("signature") }
  public var hasDynamicShape: Bool { fatalError("signature") }
}
