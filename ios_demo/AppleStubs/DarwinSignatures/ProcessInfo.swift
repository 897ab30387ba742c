// Follows https://developer.apple.com/documentation/foundation/processinfo/thermalstate-swift.enum
// and .../processinfo/islowpowermodeenabled, which the Foundation of Linux lacks.

@_exported import Foundation

extension ProcessInfo {
  public enum ThermalState: Int, Sendable {
    case nominal = 0
    case fair = 1
    case serious = 2
    case critical = 3
  }
  public var thermalState: ThermalState { fatalError("signature") }
  public var isLowPowerModeEnabled: Bool { fatalError("signature") }
}
