import Foundation
import H3AEKit

/// The release of the operating system, compared number by number: "18.10" comes after "18.9".
public struct SystemVersion: Sendable, Comparable, CustomStringConvertible {
  public let numbers: [Int]

  public init(_ numbers: [Int]) {
    // 18.0 and 18 are one release.
    self.numbers = Array(numbers.reversed().drop { $0 == 0 }.reversed())
  }

  /// nil if the text is no version.
  public init?(_ text: String) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
    let numbers = parts.compactMap { $0 }
    guard numbers.count == parts.count, numbers.allSatisfy({ $0 >= 0 }) else { return nil }
    self.init(numbers)
  }

  public static var current: SystemVersion {
    let version = ProcessInfo.processInfo.operatingSystemVersion
    return SystemVersion([version.majorVersion, version.minorVersion, version.patchVersion])
  }

  /// The key of `Manifest.Artifact.minimumOS`; nil on systems that it does not speak of.
  public static var platform: String? {
    #if os(iOS)
      "ios"
    #elseif os(macOS)
      "macos"
    #else
      nil
    #endif
  }

  public static func < (left: SystemVersion, right: SystemVersion) -> Bool {
    left.numbers.lexicographicallyPrecedes(right.numbers)
  }

  public var description: String {
    let shown =
      numbers.count < 2 ? numbers + [Int](repeating: 0, count: 2 - numbers.count) : numbers
    return shown.map(String.init).joined(separator: ".")
  }

  /// Why a system of this version cannot run an artifact, in a sentence; nil if it can.
  public func obstacle(
    to artifact: Manifest.Artifact, platform: String? = SystemVersion.platform
  ) -> String? {
    guard let platform else { return "\(artifact.target) runs on Apple's systems alone" }
    guard let stated = artifact.minimumOS[platform] else { return nil }
    guard let minimum = SystemVersion(stated) else {
      return "the bundle states no version of \(platform) but \(stated)"
    }
    guard self < minimum else { return nil }
    return "\(artifact.graph) needs \(platform) \(minimum), this device has \(self)"
  }
}
