import Foundation
import H3AECoreAI
import H3AEKit
import XCTest

final class TrustRegisterTests: XCTestCase {
  private var folder = URL(fileURLWithPath: "/")
  private var bundle: ModelBundle!

  override func setUpWithError() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    let project = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../..").standardizedFileURL
    bundle = try ModelBundle.open(
      at: project.appendingPathComponent("tests/golden/bundles/tiny.h3ae"))
  }

  override func tearDown() { try? FileManager.default.removeItem(at: folder) }

  private var precision: String {
    get throws { try XCTUnwrap(bundle.manifest.golden?.tolerance.keys.sorted().first) }
  }

  private func frames(_ value: Float) throws -> GoldenFrames {
    GoldenFrames(
      frames: [try Tensor(shape: [3, 1, 2], floats: [Float](repeating: value, count: 6))],
      precision: try precision)
  }

  func testUnitsThatAgreeAreTrustedAndRemembered() async throws {
    let register = TrustRegister(folder: folder, system: "27.0")
    let same = try frames(0.5)
    let verdict = try await register.verdict(on: bundle) { _ in same }
    XCTAssertTrue(verdict.isTrusted)
    let again = try await TrustRegister(folder: folder, system: "27.0").verdict(on: bundle) { _ in
      XCTFail("it was decoded again")
      return same
    }
    XCTAssertEqual(again, verdict)
  }

  func testUnitsThatDifferAreNot() async throws {
    let register = TrustRegister(folder: folder, system: "27.0")
    let right = try frames(0.5)
    let black = try frames(-1)
    let verdict = try await register.verdict(on: bundle) { $0 == .cpuOnly ? right : black }
    XCTAssertFalse(verdict.isTrusted)
  }

  func testUnitsThatFailAreNot() async throws {
    let right = try frames(0.5)
    let verdict = try await TrustRegister(folder: folder, system: "27.0").verdict(on: bundle) {
      guard $0 == .cpuOnly else { throw H3AEError(.engineRun, "the unit gave up") }
      return right
    }
    XCTAssertFalse(verdict.isTrusted)
  }

  func testAnotherReleaseIsAskedAnew() async throws {
    let same = try frames(0.5)
    let black = try frames(-1)
    _ = try await TrustRegister(folder: folder, system: "27.0").verdict(on: bundle) { _ in same }
    let verdict = try await TrustRegister(folder: folder, system: "27.1").verdict(on: bundle) {
      $0 == .cpuOnly ? same : black
    }
    XCTAssertFalse(verdict.isTrusted)
  }

  func testWithoutTheCPUThereIsNoVerdict() async throws {
    do {
      _ = try await TrustRegister(folder: folder, system: "27.0").verdict(on: bundle) { _ in
        throw H3AEError(.engineLoad, "no function")
      }
      XCTFail("there was one")
    } catch let error as H3AEError {
      XCTAssertEqual(error.code, .engineLoad)
    }
    XCTAssertFalse(FileManager.default.fileExists(atPath: folder.path))
  }
}
