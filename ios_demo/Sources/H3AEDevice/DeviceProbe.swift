#if canImport(Darwin) || canImport(DarwinSignatures)
  import Foundation
  import H3AEKit

  #if canImport(DarwinSignatures)
    import DarwinSignatures
  #endif

  #if canImport(UIKit)
    import UIKit
  #endif

  /// What this device is and how it fares, in the words of the report.
  public enum DeviceProbe {
    /// Heat, in Apple's words, which are the report's.
    public static func thermalState() -> String {
      switch ProcessInfo.processInfo.thermalState {
      case .nominal: "nominal"
      case .fair: "fair"
      case .serious: "serious"
      case .critical: "critical"
      @unknown default: "unknown"
      }
    }

    public static func isLowPowerModeEnabled() -> Bool {
      ProcessInfo.processInfo.isLowPowerModeEnabled
    }

    /// As the system calls it, for instance `iPhone17,2`.
    public static func model() -> String {
      #if targetEnvironment(simulator)
        ProcessInfo.processInfo.environment["SIMULATOR_MODEL_IDENTIFIER"] ?? "simulator"
      #elseif os(macOS)
        text("hw.model") ?? "unknown"
      #else
        text("hw.machine") ?? "unknown"
      #endif
    }

    public static var isSimulator: Bool {
      #if targetEnvironment(simulator)
        true
      #else
        false
      #endif
    }

    /// For instance `22B83`.
    public static func build() -> String { text("kern.osversion") ?? "" }

    public static func version() -> String {
      let version = ProcessInfo.processInfo.operatingSystemVersion
      let minor = "\(version.majorVersion).\(version.minorVersion)"
      return version.patchVersion == 0 ? minor : "\(minor).\(version.patchVersion)"
    }

    #if canImport(UIKit)
      /// `battery`, `mains` or `unknown`.
      @MainActor
      public static func power() -> String {
        let device = UIDevice.current
        device.isBatteryMonitoringEnabled = true
        return switch device.batteryState {
        case .unplugged: "battery"
        case .charging, .full: "mains"
        case .unknown: "unknown"
        @unknown default: "unknown"
        }
      }

      @MainActor
      public static var isTablet: Bool { UIDevice.current.userInterfaceIdiom == .pad }

      @MainActor
      public static var systemName: String { UIDevice.current.systemName }
    #endif

    private static func text(_ name: String) -> String? {
      var size = 0
      guard sysctlbyname(name, nil, &size, nil, 0) == 0, size > 1 else { return nil }
      var bytes = [UInt8](repeating: 0, count: size)
      guard sysctlbyname(name, &bytes, &size, nil, 0) == 0 else { return nil }
      return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
  }
#endif
