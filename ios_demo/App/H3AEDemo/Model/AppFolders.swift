import Foundation
import H3AEDemoCore
import H3AEKit

/// Where the app looks and writes.
enum AppFolders {
  /// Seen in the Files app and by `h3ae-profile`.
  static var documents: URL { URL.documentsDirectory }

  /// What a person put into Documents or installed comes before what the app was built with.
  static var catalog: BundleCatalog {
    let built = Bundle.main.resourceURL?.appending(path: "Bundles", directoryHint: .isDirectory)
    return BundleCatalog(folders: [documents, bundles] + (built.map { [$0] } ?? []))
  }

  /// Those, and what `h3ae-profile` has brought: all whose compilations are of use.
  static var known: BundleCatalog {
    let inbox = documents.appending(path: "profile-inbox", directoryHint: .isDirectory)
    return BundleCatalog(folders: catalog.folders + [inbox])
  }

  /// The folder for installed bundles, which can be installed again: left out of backups.
  ///
  /// - Throws: if it cannot be made.
  static func installed() throws -> URL {
    var folder = bundles
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    var values = URLResourceValues()
    values.isExcludedFromBackup = true
    try folder.setResourceValues(values)
    return folder
  }

  /// Whether a bundle was installed: not built in, nor put into Documents, where Files removes it.
  static func isInstalled(_ bundle: URL) -> Bool {
    BundleInstaller(folder: bundles).place(of: bundle) != nil
  }

  private static var bundles: URL {
    URL.applicationSupportDirectory
      .appending(path: "dev.h3ae/bundles", directoryHint: .isDirectory)
  }

  /// The folder in which `h3ae-profile ios` looks.
  static var profile: ProfileOutbox {
    ProfileOutbox(folder: documents.appending(path: "profile", directoryHint: .isDirectory))
  }

  /// Reports of the benchmark screen.
  static var reports: ProfileOutbox {
    ProfileOutbox(folder: documents.appending(path: "reports", directoryHint: .isDirectory))
  }
}
