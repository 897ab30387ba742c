import Foundation
import H3AEDemoCore
import H3AEKit
import XCTest

final class StudioTests: XCTestCase {
  func testPlaybackLoopsAndPauses() {
    var playback = Playback(frames: 17, fps: 24)
    XCTAssertEqual(playback.frame(at: 5), 0)
    playback.play(at: 100)
    XCTAssertEqual(
      (0..<34).map { playback.frame(at: 100 + Double($0) / 24) }.map { $0 },
      (0..<34).map { $0 % 17 })
    playback.pause(at: 100 + 3.5 / 24)
    XCTAssertEqual(playback.frame(at: 1000), 3)
    playback.play(at: 2000)
    XCTAssertEqual(playback.frame(at: 2000 + 1.0 / 24), 4)
    playback.seek(to: 99)
    XCTAssertEqual(playback.frame(at: 0), 16)
    XCTAssertFalse(playback.isPlaying)
  }

  func testOneFrameDoesNotPlay() {
    var playback = Playback(frames: 1, fps: 24)
    playback.play(at: 0)
    XCTAssertFalse(playback.isPlaying)
    XCTAssertEqual(Playback(frames: 0, fps: 24).frame(at: 3), 0)
  }

  func testSplitStaysInside() {
    var split = ComparisonSplit()
    split.move(to: -10, width: 300)
    XCTAssertEqual(split.position, 0)
    split.move(to: 75, width: 300)
    XCTAssertEqual(split.percent, 25)
    split.step(by: 0.9)
    XCTAssertEqual(split.position, 1)
    split.move(to: 10, width: 0)
    XCTAssertEqual(split.position, 1)
    XCTAssertEqual(ComparisonSplit(.nan).position, 0.5)
  }

  func testNewsOfAnOlderRequestChangesNothing() {
    var state = StudioState()
    let old = state.begin()
    let new = state.begin()
    state.decoded(3, of: 17, for: old)
    state.end(with: H3AEError(.engineRun, "late"), for: old)
    XCTAssertEqual(state.phase, .loading(.notLoaded))
    state.load(.compiling(done: 1, total: 4), for: new)
    XCTAssertEqual(state.progress, 0.25)
    state.decoded(16, of: 17, for: new)
    XCTAssertEqual(state.phase, .decoding(done: 16, total: 17))
    XCTAssertTrue(state.isBusy)
    state.decoded(17, of: 17, for: new)
    XCTAssertEqual(state.phase, .ready(frames: 17))
    XCTAssertFalse(state.isBusy)
  }

  func testCancellationIsNoFailure() {
    var state = StudioState()
    let request = state.begin()
    state.end(with: CancellationError(), for: request)
    XCTAssertEqual(state.phase, .idle)
    let next = state.begin()
    state.end(with: CocoaError(.fileReadNoSuchFile), for: next)
    guard case .failed(let error) = state.phase else { return XCTFail("\(state.phase)") }
    XCTAssertFalse(error.message.isEmpty)
    let last = state.begin()
    state.cancel()
    state.decoded(17, of: 17, for: last)
    XCTAssertEqual(state.phase, .idle)
  }

  func testWhatIsWholeIsShownInPlaceOfWhatGoesOn() {
    var state = StudioState()
    let late = state.begin()
    state.show(frames: 17)
    XCTAssertEqual(state.phase, .ready(frames: 17))
    state.decoded(3, of: 9, for: late)
    state.end(with: H3AEError(.engineRun, "late"), for: late)
    XCTAssertEqual(state.phase, .ready(frames: 17))
  }

  func testATakeIsComparedWithWhatThereIs() {
    let choices = Reference.choices
    XCTAssertEqual(choices(.plain, true, true), [.original])
    XCTAssertEqual(choices(.plain, false, true), [])
    XCTAssertEqual(choices(.conditioned, true, true), [.original, .plain])
    XCTAssertEqual(choices(.conditioned, false, true), [.plain])
    XCTAssertEqual(choices(.conditioned, true, false), [.original])
  }

  func testBundleOfALaunchStaysInDocuments() throws {
    let home = URL(fileURLWithPath: "/container", isDirectory: true)
    XCTAssertEqual(
      try LaunchRequest(bundle: "Documents/profile-inbox/demo.h3ae", run: "1")
        .bundleURL(home: home).path, "/container/Documents/profile-inbox/demo.h3ae")
    for bundle in ["/etc", "Documents", "Documents/../Library/x", "Library/x", "Documents//x", ""] {
      XCTAssertThrowsError(
        try LaunchRequest(bundle: bundle, run: "1").bundleURL(home: home), bundle
      ) { XCTAssertEqual(($0 as? H3AEError)?.code, .pathEscape) }
    }
  }

  func testCatalogOffersWhatFits() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    try FileManager.default.createDirectory(
      at: folder.appendingPathComponent("b.h3ae"), withIntermediateDirectories: true)
    try Data().write(to: folder.appendingPathComponent("a.h3ae"))
    try Data("no tensors".utf8).write(to: folder.appendingPathComponent("c.safetensors"))
    let catalog = BundleCatalog(folders: [folder, folder.appendingPathComponent("missing")])
    XCTAssertEqual(catalog.bundles().map(\.lastPathComponent), ["b.h3ae"])
    XCTAssertThrowsError(
      try LatentClip(contentsOf: folder.appendingPathComponent("c.safetensors"))
    ) { XCTAssertEqual(($0 as? H3AEError)?.code, .tensorFormat) }
  }

  func testCatalogFindsTheLastBundleAgain() throws {
    let root = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: root) }
    let folders = ["Documents", "bundles"].map { root.appendingPathComponent($0) }
    let tiny = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../../tests/golden/bundles/tiny.h3ae").standardized
    for (folder, name) in zip(folders, ["a", "b"]) {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      let place = folder.appendingPathComponent("\(name).h3ae")
      try FileManager.default.copyItem(at: tiny, to: place)
    }
    try FileManager.default.createDirectory(
      at: folders[1].appendingPathComponent("broken.h3ae"), withIntermediateDirectories: true)
    let catalog = BundleCatalog(folders: folders)
    XCTAssertEqual(catalog.bundle(last: nil)?.lastPathComponent, "a.h3ae")
    XCTAssertEqual(catalog.bundle(last: "bundles/b.h3ae")?.lastPathComponent, "b.h3ae")
    // Gone, or not where it was: the first one.
    XCTAssertEqual(catalog.bundle(last: "Documents/b.h3ae")?.lastPathComponent, "a.h3ae")
    let moved = URL(fileURLWithPath: "/elsewhere/bundles/b.h3ae", isDirectory: true)
    XCTAssertEqual(BundleCatalog.key(of: moved), "bundles/b.h3ae")

    let artifacts = try ModelBundle.open(at: tiny).manifest.artifacts
    let target = try XCTUnwrap(artifacts.first?.target)
    XCTAssertEqual(
      catalog.hashes(of: target),
      Set(artifacts.filter { $0.target == target }.map(\.sha256)))
    XCTAssertEqual(catalog.hashes(of: "none"), [])
  }

  func testPSNR() throws {
    let one = try Tensor(shape: [1, 2, 2], floats: [0, 0.5, -0.5, 1])
    let other = try Tensor(shape: [1, 2, 2], floats: [0.1, 0.4, -0.4, 0.9])
    XCTAssertEqual(try one.psnr(against: one), 200)
    XCTAssertEqual(try one.psnr(against: other), 10 * log10(4 / 0.01), accuracy: 1e-4)
    let broken = try Tensor(shape: [1, 2, 2], floats: [0, .nan, 0, 0])
    XCTAssertEqual(try one.psnr(against: broken), -200)
    XCTAssertThrowsError(try one.psnr(against: Tensor(shape: [4], floats: [0, 0, 0, 0])))
  }
}
