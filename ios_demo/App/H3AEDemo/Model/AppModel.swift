import Foundation
import H3AEDemoCore
import H3AEKit
import Observation

/// What there is to show.
@MainActor
@Observable
final class AppModel {
  enum Content {
    case opening
    /// The app was built without a bundle, and nobody has put one into its folder.
    case missing
    case failed(H3AEError)
    case ready(Library)
  }

  private(set) var content = Content.opening
  /// Set if `h3ae-profile ios` has started the app.
  private(set) var commandLineProfile: CommandLineProfile?
  private var isStarted = false

  /// Opens the bundle, or begins the profile that the launch arguments ask for.
  func start() async {
    guard !isStarted else { return }
    isStarted = true
    if let profile = CommandLineProfile(arguments: ProcessInfo.processInfo.arguments) {
      commandLineProfile = profile
      await profile.run()
    } else {
      await reopen()
    }
  }

  func reopen() async {
    content = .opening
    guard let url = AppFolders.catalog.bundles().first else {
      content = .missing
      return
    }
    do {
      content = .ready(try await Library.open(at: url))
    } catch {
      content = .failed(H3AEError(anyError: error))
    }
  }
}
