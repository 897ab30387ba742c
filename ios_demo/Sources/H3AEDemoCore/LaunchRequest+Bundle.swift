import Foundation
import H3AEKit

extension LaunchRequest {
  /// The bundle's place in the app's container.
  ///
  /// - Throws: `path.escape` for a path that leaves `Documents`.
  public func bundleURL(home: URL) throws -> URL {
    let parts = bundle.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.first == "Documents", parts.count > 1,
      parts.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." })
    else {
      throw H3AEError(.pathEscape, "'\(bundle)' is no place in Documents")
    }
    return home.appendingPathComponent(bundle, isDirectory: true)
  }
}
