import Foundation
import H3AECoreML
import H3AEKit
import XCTest

/// The store with a compiler that writes a folder, as Core ML's does, in a place of its own.
final class CompiledModelStoreTests: XCTestCase {
  private var root = URL(fileURLWithPath: "/")

  override func setUpWithError() throws {
    root = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
  }

  override func tearDown() { try? FileManager.default.removeItem(at: root) }

  private actor Calls {
    var count = 0
    func add() { count += 1 }
  }

  private func store(_ calls: Calls, fails: Bool = false) -> CompiledModelStore {
    let root = root
    return CompiledModelStore(folder: root.appendingPathComponent("kept")) { package in
      await calls.add()
      try await Task.sleep(for: .milliseconds(30))
      if fails { throw CocoaError(.fileReadCorruptFile) }
      let made = root.appendingPathComponent("\(UUID().uuidString).mlmodelc")
      try FileManager.default.createDirectory(at: made, withIntermediateDirectories: true)
      try Data(package.lastPathComponent.utf8).write(to: made.appendingPathComponent("model.mil"))
      return made
    }
  }

  func testCompilesOnceAlsoForTwoAtATime() async throws {
    let calls = Calls()
    let store = store(calls)
    let package = root.appendingPathComponent("a.mlpackage")
    async let first = store.compiled(package, sha256: "aa")
    async let second = store.compiled(package, sha256: "aa")
    let places = try await [first, second, store.compiled(package, sha256: "aa")]
    XCTAssertEqual(Set(places).count, 1)
    let count = await calls.count
    XCTAssertEqual(count, 1)
    XCTAssertEqual(
      try String(contentsOf: places[0].appendingPathComponent("model.mil"), encoding: .utf8),
      "a.mlpackage")
    // The temporary folder was moved, not copied.
    XCTAssertEqual(try FileManager.default.contentsOfDirectory(atPath: root.path), ["kept"])
  }

  func testAnotherVersionIsAnotherModel() async throws {
    let calls = Calls()
    let store = store(calls)
    let old = try await store.compiled(root.appendingPathComponent("a.mlpackage"), sha256: "aa")
    let new = try await store.compiled(root.appendingPathComponent("a.mlpackage"), sha256: "bb")
    XCTAssertNotEqual(old, new)
    await store.removeAll(except: ["bb"])
    let kept = await store.contains(sha256: "bb")
    let gone = await store.contains(sha256: "aa")
    XCTAssertTrue(kept)
    XCTAssertFalse(gone)
  }

  func testFailureLeavesNothingAndMayBeTriedAgain() async throws {
    let calls = Calls()
    let failing = store(calls, fails: true)
    for attempt in 1...2 {
      do {
        _ = try await failing.compiled(root.appendingPathComponent("a.mlpackage"), sha256: "aa")
        XCTFail("it compiled")
      } catch let error as H3AEError {
        XCTAssertEqual(error.code, .engineLoad)
        XCTAssertTrue(error.message.contains("a.mlpackage"), error.message)
      }
      let count = await calls.count
      XCTAssertEqual(count, attempt)
    }
    XCTAssertEqual(try FileManager.default.contentsOfDirectory(atPath: root.path), [])
  }

  func testCompiledModelsAreTakenAsTheyAre() async throws {
    let calls = Calls()
    let model = root.appendingPathComponent("a.mlmodelc")
    let place = try await store(calls).compiled(model, sha256: "aa")
    XCTAssertEqual(place, model)
    let count = await calls.count
    XCTAssertEqual(count, 0)
  }

  func testPreparationsGoWithTheirModel() async throws {
    let calls = Calls()
    let store = store(calls)
    _ = try await store.compiled(root.appendingPathComponent("a.mlpackage"), sha256: "aa")
    let before = await store.isPrepared(sha256: "aa", for: "main-all-18.1")
    XCTAssertFalse(before)
    await store.markPrepared(sha256: "aa", for: "main-all-18.1")
    let after = await store.isPrepared(sha256: "aa", for: "main-all-18.1")
    let updated = await store.isPrepared(sha256: "aa", for: "main-all-18.2")
    XCTAssertTrue(after)
    XCTAssertFalse(updated)
    await store.removeAll(except: ["aa"])
    let kept = await store.isPrepared(sha256: "aa", for: "main-all-18.1")
    XCTAssertTrue(kept)
    await store.remove(sha256: "aa")
    XCTAssertEqual(
      try FileManager.default.contentsOfDirectory(atPath: store.folder.path), [])
  }

  func testOnlyCompilationsOfAnOlderSystemAreMadeAnew() async throws {
    let calls = Calls()
    let store = store(calls)
    let package = root.appendingPathComponent("a.mlpackage")
    func load(_ system: String, fails: Bool = false) async throws {
      try await store.load(package, sha256: "aa", system: system) { _ in
        if fails { throw H3AEError(.engineLoad, "not on these units") }
      }
    }
    // Units that never load it cost no compilation but the first, at this launch and the next.
    for _ in 1...3 {
      do {
        try await load("18.1", fails: true)
        XCTFail("it loaded")
      } catch is H3AEError {}
    }
    var count = await calls.count
    XCTAssertEqual(count, 1)
    // One that an update still takes is kept.
    try await load("18.2")
    count = await calls.count
    XCTAssertEqual(count, 1)
    for _ in 1...2 { try? await load("18.3", fails: true) }
    count = await calls.count
    XCTAssertEqual(count, 2)
    do {
      try await store.load(package, sha256: "aa", system: "18.4") { _ in throw CancellationError() }
      XCTFail("it loaded")
    } catch is CancellationError {}
    count = await calls.count
    XCTAssertEqual(count, 2)
  }

  func testSharesOfUnits() {
    let shares = UnitShare.summed(
      [("neural_engine", 0.3), ("neural_engine", 0.3), ("cpu", 0.2)], graph: "decoder_frame")
    XCTAssertEqual(shares.map(\.unit), ["cpu", "neural_engine"])
    XCTAssertEqual(shares.map(\.operations), [1, 2])
    XCTAssertEqual(shares[1].cost, 0.75, accuracy: 1e-12)
  }
}
