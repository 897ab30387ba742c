import Foundation

/// A folder of this package in the app's Application Support folder; nobody has made it yet.
///
/// - Throws: `install.storage` if there is no such folder.
package func applicationSupport(_ name: String) throws -> URL {
  do {
    return try FileManager.default.url(
      for: .applicationSupportDirectory, in: .userDomainMask, appropriateFor: nil, create: true
    ).appendingPathComponent("dev.h3ae/\(name)", isDirectory: true)
  } catch {
    throw H3AEError(
      .installStorage, "there is no Application Support folder: \(error.localizedDescription)")
  }
}
