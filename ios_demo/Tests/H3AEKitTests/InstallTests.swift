import Foundation
import Synchronization
import Testing

@testable import H3AEKit

/// Archives travel through the network: nothing in them is believed, and nothing half done is left.
@Suite struct InstallTests {
  @Test func anArchiveBecomesABundle() async throws {
    let scratch = try Scratch()
    let installer = BundleInstaller(folder: scratch.url)
    let seen = Mutex<[BundleInstaller.Progress]>([])
    let bundle = try await installer.install(from: FileByteSource(Repository.tinyArchive)) { step in
      seen.withLock { $0.append(step) }
    }
    #expect(bundle.root == scratch.url.appendingPathComponent("tiny.h3ae", isDirectory: true))
    #expect(throws: Never.self) { try ModelBundle.open(at: bundle.root) }
    #expect(try await installer.bundles() == [bundle.root])
    #expect(try FileManager.default.contentsOfDirectory(atPath: incoming(scratch)).isEmpty)
    let steps = seen.withLock { $0 }
    let size = try Data(contentsOf: Repository.tinyArchive).count
    #expect(steps.contains(.downloading(bytes: size, total: size)))
    #expect(steps.last == .verifying)
  }

  @Test func anInstalledBundleIsKeptUnlessTold() async throws {
    let scratch = try Scratch()
    let installer = BundleInstaller(folder: scratch.url)
    let source = FileByteSource(Repository.tinyArchive)
    let bundle = try await installer.install(from: source)
    let note = bundle.root.appendingPathComponent("note")
    try Data().write(to: note)
    let error = await failure { try await installer.install(from: source) }
    #expect(error?.code == .bundleExists)
    #expect(FileManager.default.fileExists(atPath: note.path))
    _ = try await installer.install(from: source, replacing: true)
    #expect(!FileManager.default.fileExists(atPath: note.path))
  }

  @Test func anInstalledBundleIsRemoved() async throws {
    let scratch = try Scratch()
    let installer = BundleInstaller(folder: scratch.url)
    let bundle = try await installer.install(from: FileByteSource(Repository.tinyArchive))
    var error = await failure { try await installer.remove(bundle.root, inUse: [bundle.root]) }
    #expect(error?.code == .installBusy && error?.message == "tiny is open")
    #expect(throws: Never.self) { try ModelBundle.open(at: bundle.root) }
    try await installer.remove(bundle.root)
    #expect(try await installer.bundles().isEmpty)
    #expect(try FileManager.default.contentsOfDirectory(atPath: incoming(scratch)).isEmpty)
    error = await failure { try await installer.remove(bundle.root) }
    #expect(error?.code == .bundleMissing)
    // And there is room for it again.
    _ = try await installer.install(from: FileByteSource(Repository.tinyArchive))
  }

  @Test func whatWasNotInstalledIsNotRemoved() async throws {
    let scratch = try Scratch()
    let folder = scratch.url.appendingPathComponent("installed")
    let installer = BundleInstaller(folder: folder)
    let inside = try await installer.install(from: FileByteSource(Repository.tinyArchive)).root
    let built = scratch.url.appendingPathComponent("tiny.h3ae")
    try FileManager.default.copyItem(at: inside, to: built)
    let hidden = folder.appendingPathComponent(".h3ae-incoming")
    for url in [built, hidden, folder, folder.appendingPathComponent("a/../../tiny.h3ae")] {
      #expect(await failure { try await installer.remove(url) }?.code == .bundleMissing)
    }
    #expect(throws: Never.self) { try ModelBundle.open(at: built) }
    // The same folder on another way.
    let link = scratch.url.appendingPathComponent("link")
    try FileManager.default.createSymbolicLink(at: link, withDestinationURL: folder)
    let linked = link.appendingPathComponent("tiny.h3ae")
    let error = await failure { try await installer.remove(inside, inUse: [linked]) }
    #expect(error?.code == .installBusy)
    try await installer.remove(linked)
    #expect(!FileManager.default.fileExists(atPath: inside.path))
  }

  @Test func aRemovalThatWasEndedIsFinished() async throws {
    let scratch = try Scratch()
    let left = incoming(scratch) + "/removed-1/artifacts"
    try FileManager.default.createDirectory(atPath: left, withIntermediateDirectories: true)
    #expect(try await BundleInstaller(folder: scratch.url).bundles().isEmpty)
    #expect(try FileManager.default.contentsOfDirectory(atPath: incoming(scratch)).isEmpty)
  }

  @Test func aDownloadThatFailsGoesOnFromThere() async throws {
    let scratch = try Scratch()
    let installer = BundleInstaller(folder: scratch.url)
    let source = try FlakySource(pieces: 1000, failsAfter: 3000)
    let error = await failure { try await installer.install(from: source) }
    #expect(error?.code == .installSource)
    #expect(error?.message.contains("3000") == true)
    #expect(try await installer.bundles().isEmpty)

    source.failsAfter.withLock { $0 = nil }
    _ = try await installer.install(from: source)
    #expect(source.offsets.withLock { $0 } == [0, 3000])
  }

  @Test func anotherContentBeginsAnew() async throws {
    let scratch = try Scratch()
    let installer = BundleInstaller(folder: scratch.url)
    let source = try FlakySource(pieces: 1000, failsAfter: 3000)
    await failure { try await installer.install(from: source) }
    source.failsAfter.withLock { $0 = nil }
    source.version.withLock { $0 = "2" }
    _ = try await installer.install(from: source)
    #expect(source.offsets.withLock { $0 } == [0, 0])
  }

  @Test func cancellationKeepsThePartAndShowsNothing() async throws {
    let scratch = try Scratch()
    let installer = BundleInstaller(folder: scratch.url)
    let source = try FlakySource(pieces: 100, failsAfter: nil)
    source.pause.withLock { $0 = .milliseconds(5) }
    let task = Task {
      try await installer.install(from: source)
    }
    while source.given.withLock({ $0 < 500 }) { try await Task.sleep(for: .milliseconds(1)) }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(try await installer.bundles().isEmpty)
    source.pause.withLock { $0 = .zero }
    _ = try await installer.install(from: source)
    #expect(source.offsets.withLock { $0.last ?? 0 } >= 400)
  }

  @Test func aSourceThatLiesAboutItsSizeIsRefused() async throws {
    for lie in [-1000, 1000] {
      let scratch = try Scratch()
      let installer = BundleInstaller(folder: scratch.url)
      let source = try FlakySource(pieces: 1000, failsAfter: nil, sizeError: lie)
      let error = await failure { try await installer.install(from: source) }
      #expect(error?.code == .installSource)
      #expect(try await installer.bundles().isEmpty)
    }
  }

  @Test func leftoversCanBeDiscarded() async throws {
    let scratch = try Scratch()
    let installer = BundleInstaller(folder: scratch.url)
    let source = try FlakySource(pieces: 1000, failsAfter: 3000)
    await failure { try await installer.install(from: source) }
    #expect(try !scratch.contents().isEmpty)
    try await installer.discardIncoming()
    #expect(try scratch.contents().isEmpty)
  }

  /// As if the process ended between the two moves of a replacement, or after them.
  @Test(arguments: [false, true])
  func aKilledReplacementLeavesABundle(_ isReplaced: Bool) async throws {
    let scratch = try Scratch()
    let source = FileByteSource(Repository.tinyArchive)
    let old = try await BundleInstaller(folder: scratch.url).install(from: source).root
    try Data().write(to: old.appendingPathComponent("old"))
    let workplace = URL(fileURLWithPath: incoming(scratch)).appendingPathComponent("killed")
    try await BundleInstaller(folder: scratch.url).retire(old, in: workplace)
    #expect(!FileManager.default.fileExists(atPath: old.path))
    if isReplaced {
      try FileManager.default.createDirectory(at: old, withIntermediateDirectories: true)
    }
    #expect(try await BundleInstaller(folder: scratch.url).bundles() == [old])
    let isOld = FileManager.default.fileExists(atPath: old.appendingPathComponent("old").path)
    #expect(isOld != isReplaced)
    #expect(try FileManager.default.contentsOfDirectory(atPath: workplace.path).isEmpty)
  }

  @Test func anInstallationFindsWhatAKilledOneMovedAside() async throws {
    let scratch = try Scratch()
    let source = FileByteSource(Repository.tinyArchive)
    let old = try await BundleInstaller(folder: scratch.url).install(from: source).root
    let workplace = URL(fileURLWithPath: incoming(scratch)).appendingPathComponent("killed")
    let installer = BundleInstaller(folder: scratch.url)
    try await installer.retire(old, in: workplace)
    let error = await failure { try await installer.install(from: source) }
    #expect(error?.code == .bundleExists)
    #expect(throws: Never.self) { try ModelBundle.open(at: old) }
    try await installer.retire(old, in: workplace)
    try await installer.discardIncoming()
    #expect(FileManager.default.fileExists(atPath: old.path))
  }

  // MARK: Hostile archives

  static let strangers = [
    "tiny.h3ae/../../evil", "../evil", "/evil", "tiny.h3ae/artifacts/..\\..\\evil", "C:/evil",
    "tiny.h3ae/", "tiny.h3ae/artifacts/", "tiny.h3ae/unlisted",
    "tiny.h3ae/artifacts/unlisted.pte", "tiny.h3ae/artifacts/decoder.pte/x",
    "tiny.h3ae/ARTIFACTS/decoder.pte", "other.h3ae/artifacts/decoder.pte",
    "__MACOSX/._manifest.json", "top", "tiny.h3ae/manifest.json",
  ]

  @Test(arguments: strangers)
  func entriesThatHaveNoBusinessThereAreRefused(_ name: String) async throws {
    try await expectRefusal(.archiveUnsafe) { $0.add(name, Array("x".utf8)) }
  }

  @Test func linksAreRefused() async throws {
    try await expectRefusal(.archiveUnsafe) {
      $0.add(
        "tiny.h3ae/artifacts/decoder_frame.mlpackage/link", Array("/etc/passwd".utf8),
        mode: 0o120777)
    }
  }

  @Test func compressedEntriesAreRefused() async throws {
    try await expectRefusal(.archiveUnsafe) {
      $0.add("tiny.h3ae/artifacts/decoder_frame.mlpackage/zeros", [3, 0], method: 8, bytes: 0)
    }
  }

  @Test func encryptedEntriesAreRefused() async throws {
    try await expectRefusal(.archiveUnsafe) {
      $0.add("tiny.h3ae/artifacts/decoder_frame.mlpackage/secret", [1], flags: 1)
    }
  }

  /// A thousand names for the same bytes: small as an archive, large on the disk.
  @Test func overlappingEntriesAreRefused() async throws {
    try await expectRefusal(.archiveSize) { zip in
      let name = "tiny.h3ae/artifacts/decoder_frame.mlpackage/w"
      zip.add("\(name)0", [UInt8](repeating: 0, count: 10_000))
      for index in 1..<1000 { zip.repeatLast(as: "\(name)\(index)") }
    }
  }

  @Test func tooManyEntriesAreRefused() async throws {
    try await expectRefusal(.archiveSize) { zip in
      for index in 0..<10_001 {
        zip.add("tiny.h3ae/artifacts/decoder_frame.mlpackage/\(index)", [])
      }
    }
  }

  struct BadBundle: Sendable, CustomTestStringConvertible {
    let name: String
    let bytes: [UInt8]?
    let code: H3AEError.Code
    var testDescription: String { "\(name) \(code.rawValue)" }
  }

  static let badBundles = [
    BadBundle(name: "manifest.json", bytes: nil, code: .manifestMissing),
    BadBundle(name: "manifest.json", bytes: Array("{}".utf8), code: .manifestVersion),
    BadBundle(name: "artifacts/decoder.pte", bytes: nil, code: .artifactMissing),
    BadBundle(name: "artifacts/decoder.pte", bytes: Array("bad bytes!".utf8), code: .artifactHash),
    BadBundle(name: "artifacts/decoder.pte", bytes: [], code: .artifactSize),
    BadBundle(name: "golden/frames.safetensors", bytes: nil, code: .goldenMissing),
  ]

  @Test(arguments: badBundles)
  func archivesOfBadBundlesAreRefused(_ bad: BadBundle) async throws {
    try await expectRefusal(bad.code) { $0.replace("tiny.h3ae/\(bad.name)", bad.bytes) }
  }

  @Test func theBundleIsNamedByItsManifest() async throws {
    let scratch = try Scratch()
    var zip = try ZipWriter.tiny()
    zip.rename(from: "tiny.h3ae/", to: "other.h3ae/")
    let bundle = try await BundleInstaller(folder: scratch.url).install(
      from: try zip.source(in: scratch))
    #expect(bundle.root.lastPathComponent == "tiny.h3ae")
  }

  static let noArchives: [[UInt8]] = [
    [], Array("no zip".utf8), [0x50, 0x4B, 5, 6] + [UInt8](repeating: 0, count: 18),
    [0x50, 0x4B, 5, 6] + [UInt8](repeating: 0xFF, count: 18),
  ]

  @Test(arguments: noArchives)
  func whatIsNoArchiveIsRefused(_ bytes: [UInt8]) throws {
    let scratch = try Scratch()
    let url = scratch.url.appendingPathComponent("x.zip")
    try Data(bytes).write(to: url)
    let code = failure { try BundleArchive(contentsOf: url) }?.code
    #expect(code == .archiveFormat || code == .archiveUnsafe || code == .manifestMissing)
  }

  @Test func placesWithoutAnArchiveAreTold() throws {
    let scratch = try Scratch()
    for url in [scratch.url, scratch.url.appendingPathComponent("nothing.zip")] {
      #expect(failure { try BundleArchive(contentsOf: url) }?.code == .archiveFormat)
    }
  }

  @Test func moreThanItIsToldIsNotWritten() throws {
    let error = failure { try BundleArchive(contentsOf: Repository.tinyArchive, maxBytes: 1000) }
    #expect(error?.code == .archiveSize)
  }

  /// Whatever happens to the bytes: the right bundle, or one line and nothing on the disk.
  @Test func damagedArchivesAreInstalledRightOrNotAtAll() async throws {
    let original = [UInt8](try Data(contentsOf: Repository.tinyArchive))
    var random = SplitMix64(seed: 3)
    for _ in 0..<300 {
      var bytes = original
      for _ in 0...random.below(8) {
        // Most interesting bytes are in the headers, near the end.
        let low = random.below(2) == 0 ? bytes.count - min(bytes.count, 1200) : 0
        bytes[low + random.below(bytes.count - low)] = UInt8(truncatingIfNeeded: random.next())
      }
      if random.below(4) == 0 { bytes.removeSubrange(random.below(bytes.count)...) }
      let scratch = try Scratch()
      let folder = scratch.url.appendingPathComponent("there")
      let url = scratch.url.appendingPathComponent("x.zip")
      try Data(bytes).write(to: url)
      let installer = BundleInstaller(folder: folder)
      do {
        let bundle = try await installer.install(from: FileByteSource(url))
        #expect(throws: Never.self) { try ModelBundle.open(at: bundle.root) }
      } catch let error as H3AEError {
        #expect(error.isPresentable)
        #expect(try await installer.bundles().isEmpty)
      }
    }
  }

  private func incoming(_ scratch: Scratch) -> String {
    scratch.url.appendingPathComponent(".h3ae-incoming").path
  }

  private func expectRefusal(
    _ code: H3AEError.Code, _ change: (inout ZipWriter) -> Void
  ) async throws {
    let scratch = try Scratch()
    var zip = try ZipWriter.tiny()
    change(&zip)
    let folder = scratch.url.appendingPathComponent("there")
    let source = try zip.source(in: scratch)
    let installer = BundleInstaller(folder: folder)
    let error = await failure { try await installer.install(from: source) }
    #expect(error?.code == code, "\(error?.message ?? "")")
    #expect(error?.isPresentable == true)
    #expect(try await installer.bundles().isEmpty)
    #expect(try !scratch.contents().contains { $0.contains("evil") })
    #expect(
      try FileManager.default.contentsOfDirectory(
        atPath: folder.appendingPathComponent(".h3ae-incoming").path
      ).isEmpty)
  }
}
