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
    case installing(BundleInstaller.Progress?)
    case ready(Library)
  }

  private(set) var content = Content.opening
  /// Set if `h3ae-profile ios` has started the app.
  private(set) var commandLineProfile: CommandLineProfile?
  private var isStarted = false
  private var installation: Task<Void, Never>?
  private var hasOpened = false

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
      content = .ready(try await Library.open(at: url, isFirst: !hasOpened))
      hasOpened = true
    } catch {
      fail(error)
    }
  }

  /// Installs an archive and opens it. What was open before comes back if that fails or is cancelled.
  func install(_ archive: URL) {
    content = .installing(nil)
    installation = Task {
      do {
        let library = try await Library.install(archive, isFirst: !hasOpened) {
          [weak self] progress in
          Task { @MainActor in self?.tell(progress) }
        }
        content = .ready(library)
        hasOpened = true
      } catch is CancellationError {
        await reopen()
      } catch {
        fail(error)
      }
    }
  }

  func cancelInstallation() { installation?.cancel() }

  func fail(_ error: any Error) { content = .failed(H3AEError(anyError: error)) }

  private func tell(_ progress: BundleInstaller.Progress) {
    guard case .installing = content else { return }
    content = .installing(progress)
  }
}
