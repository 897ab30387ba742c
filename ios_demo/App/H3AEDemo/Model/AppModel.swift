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
  /// What could be opened in place of what is open.
  private(set) var others: [URL] = []
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

  /// Opens what was open last.
  func reopen() async {
    content = .opening
    // An installation may have been ended half-way, with the old bundle moved aside.
    if let folder = try? AppFolders.installed() {
      try? await BundleInstaller(folder: folder).recover()
    }
    guard let url = AppFolders.catalog.bundle(last: Self.last) else {
      content = .missing
      return
    }
    await open(url)
  }

  func open(_ url: URL) async {
    content = .opening
    do {
      show(try await Library.open(at: url, isFirst: !hasOpened))
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
        show(library)
      } catch is CancellationError {
        await reopen()
      } catch {
        fail(error)
      }
    }
  }

  /// Removes an installed bundle; never the one that is open.
  func remove(_ bundle: URL) async {
    guard case .ready(let library) = content else { return }
    do {
      let installer = BundleInstaller(folder: try AppFolders.installed())
      try await installer.remove(bundle, inUse: [library.bundle.root])
      lookForOthers(than: library)
    } catch {
      fail(error)
    }
  }

  func cancelInstallation() { installation?.cancel() }

  func fail(_ error: any Error) { content = .failed(H3AEError(anyError: error)) }

  private func show(_ library: Library) {
    content = .ready(library)
    hasOpened = true
    Self.last = BundleCatalog.key(of: library.bundle.root)
    lookForOthers(than: library)
  }

  private func lookForOthers(than library: Library) {
    let key = BundleCatalog.key(of: library.bundle.root)
    others = AppFolders.catalog.bundles().filter { BundleCatalog.key(of: $0) != key }
  }

  /// The bundle that was opened last, across launches.
  private static var last: String? {
    get { UserDefaults.standard.string(forKey: "bundle") }
    set { UserDefaults.standard.set(newValue, forKey: "bundle") }
  }

  private func tell(_ progress: BundleInstaller.Progress) {
    guard case .installing = content else { return }
    content = .installing(progress)
  }
}
