// Follows https://developer.apple.com/documentation/os/ossignposter
// and https://developer.apple.com/documentation/os/os_proc_available_memory

@_exported import Foundation

public struct OSSignpostIntervalState: Sendable {}

public struct OSSignposter: Sendable {
  public init(subsystem: String, category: String) {}
  public func withIntervalSignpost<T>(_ name: StaticString, around task: () throws -> T) rethrows
    -> T
  { try task() }
  public func beginInterval(_ name: StaticString) -> OSSignpostIntervalState {
    fatalError("signature")
  }
  public func endInterval(_ name: StaticString, _ state: OSSignpostIntervalState) {
    fatalError("signature")
  }
}

public func os_proc_available_memory() -> Int { fatalError("signature") }
