import Foundation
import H3AEKit

struct InstallCommand {
  private let archive: URL
  private let folder: URL
  private let replaces: Bool

  init(_ arguments: inout Arguments) throws {
    replaces = arguments.flag("replace")
    guard let folder = try arguments.option("into") else {
      throw UsageError(message: "--into is missing")
    }
    self.folder = URL(fileURLWithPath: folder)
    archive = try arguments.place("an archive")
    try arguments.finish()
  }

  func run() async throws {
    let installer = BundleInstaller(folder: folder)
    let bundle = try await installer.install(
      from: FileByteSource(archive), replacing: replaces)
    print(bundle.root.path)
  }
}
