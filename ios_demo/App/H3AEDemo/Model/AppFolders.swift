import Foundation
import H3AEDemoCore

/// Where the app looks and writes.
enum AppFolders {
  /// Seen in the Files app and by `h3ae-profile`.
  static var documents: URL { URL.documentsDirectory }

  /// What a person put into Documents comes before what the app was built with.
  static var catalog: BundleCatalog {
    let built = Bundle.main.resourceURL?.appending(path: "Bundles", directoryHint: .isDirectory)
    return BundleCatalog(folders: [documents] + (built.map { [$0] } ?? []))
  }

  /// The folder in which `h3ae-profile ios` looks.
  static var profile: ProfileOutbox {
    ProfileOutbox(folder: documents.appending(path: "profile", directoryHint: .isDirectory))
  }

  /// Reports of the benchmark screen.
  static var reports: ProfileOutbox {
    ProfileOutbox(folder: documents.appending(path: "reports", directoryHint: .isDirectory))
  }

  /// A place for a file that is going somewhere else.
  static func temporary(_ name: String) -> URL {
    URL.temporaryDirectory.appending(path: "\(UUID().uuidString)-\(name)")
  }
}
