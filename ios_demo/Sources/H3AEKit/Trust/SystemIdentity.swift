import Foundation

/// What decides how a runtime of the system computes, besides the bundle and the units.
public enum SystemIdentity {
  /// The machine and the system's release with its build: betas of one release differ in that alone.
  public static let current = "\(machine), \(ProcessInfo.processInfo.operatingSystemVersionString)"

  /// For instance `iPhone17,2`; on a computer, its architecture.
  private static var machine: String {
    var name = utsname()
    guard uname(&name) == 0 else { return "unknown" }
    return withUnsafeBytes(of: name.machine) {
      String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
    }
  }
}
