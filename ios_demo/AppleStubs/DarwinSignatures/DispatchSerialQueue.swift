// Follows https://developer.apple.com/documentation/dispatch/dispatchserialqueue, which the
// Dispatch of Linux lacks in Swift 6.0.

@_exported import Dispatch

public final class DispatchSerialQueue: SerialExecutor {
  public enum AutoreleaseFrequency: Sendable {
    case inherit
    case workItem
    case never
  }
  public init(
    label: String, qos: DispatchQoS = .unspecified,
    autoreleaseFrequency: AutoreleaseFrequency = .inherit
  ) { fatalError("signature") }
  public func enqueue(_ job: consuming ExecutorJob) { fatalError("signature") }
  public func asUnownedSerialExecutor() -> UnownedSerialExecutor { fatalError("signature") }
}
