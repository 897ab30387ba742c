import Foundation
import H3AEDemoCore
import H3AEDevice
import H3AEKit

/// What a report says about this machine.
enum Host {
  static var probes: Probes {
    #if os(Linux)
      Probes(footprint: { residentBytes() }, thermalState: { "unknown" })
    #else
      .device
    #endif
  }

  static var setting: ReportMaker.Setting {
    let process = ProcessInfo.processInfo
    let version = process.operatingSystemVersion
    return .init(
      device: .init(
        kind: .computer, name: "computer", model: architecture, processor: processor ?? "unknown",
        cores: process.activeProcessorCount, memoryBytes: Int(clamping: process.physicalMemory),
        os: .init(
          name: systemName,
          version: "\(version.majorVersion).\(version.minorVersion).\(version.patchVersion)")),
      power: .unknown, lowPowerMode: nil, memoryMethod: memoryMethod)
  }

  private static var architecture: String {
    #if arch(arm64)
      "arm64"
    #else
      "x86_64"
    #endif
  }

  #if os(Linux)
    private static let systemName = "Linux"
    private static let memoryMethod = "VmRSS"

    private static var processor: String? { value(of: "model name", in: "/proc/cpuinfo") }

    private static func residentBytes() -> Int? {
      value(of: "VmRSS", in: "/proc/self/status")?.split(separator: " ").first
        .flatMap { Int($0) }.map { $0 * 1024 }
    }

    /// Of the first line `NAME : VALUE`.
    private static func value(of name: String, in file: String) -> String? {
      guard let text = try? String(contentsOfFile: file, encoding: .utf8) else { return nil }
      let line = text.split(separator: "\n").first { $0.hasPrefix(name) }
      return line?.split(separator: ":", maxSplits: 1).last?
        .trimmingCharacters(in: .whitespaces)
    }
  #else
    private static let systemName = "macOS"
    private static let memoryMethod = "phys_footprint"
    private static let processor: String? = nil
  #endif
}
