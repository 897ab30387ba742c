// Follows https://developer.apple.com/documentation/uikit/uidevice
// and https://developer.apple.com/documentation/uikit/uiapplication

@_exported import CoreVideo
@_exported import Foundation

@MainActor
open class UIDevice: NSObject {
  public enum BatteryState: Int, Sendable {
    case unknown = 0
    case unplugged = 1
    case charging = 2
    case full = 3
  }
  open class var current: UIDevice { fatalError("signature") }
  open var systemName: String { fatalError("signature") }
  open var isBatteryMonitoringEnabled: Bool {
    get { fatalError("signature") }
    set {}
  }
  open var batteryState: BatteryState { fatalError("signature") }
  open var userInterfaceIdiom: UIUserInterfaceIdiom { fatalError("signature") }
}

public enum UIUserInterfaceIdiom: Int, Sendable {
  case unspecified = -1
  case phone = 0
  case pad = 1
}

@MainActor
open class UIApplication: NSObject {
  open class var shared: UIApplication { fatalError("signature") }
  open var isIdleTimerDisabled: Bool {
    get { fatalError("signature") }
    set {}
  }
}

open class UIColor: NSObject, @unchecked Sendable {
  // Immutable; Apple's header declares it Sendable.
  open class var secondarySystemBackground: UIColor { fatalError("signature") }
}
