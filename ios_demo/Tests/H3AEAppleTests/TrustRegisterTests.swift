import Foundation
import H3AECoreAI
import H3AEKit
import Synchronization
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

  private static let units: [ComputeUnits] = [.all, .cpuAndGPU]

  private func firstTrusted(
    _ build: String = "1A1", decode: @Sendable (ComputeUnits) async throws -> GoldenFrames
  ) async throws -> ComputeUnits? {
    try await TrustRegister(folder: folder, system: build)
      .firstTrusted(of: Self.units, on: bundle, decode: decode)
  }

  func testUnitsThatAgreeAreTrustedAndRemembered() async throws {
    let same = try frames(0.5)
    let trusted = try await firstTrusted { _ in same }
    XCTAssertEqual(trusted, .all)
    let again = try await firstTrusted { _ in
      XCTFail("it was decoded again")
      return same
    }
    XCTAssertEqual(again, .all)
  }

  func testTheNextUnitsComeAfterThoseThatDiffer() async throws {
    let right = try frames(0.5)
    let black = try frames(-1)
    let calls = Mutex<[ComputeUnits]>([])
    let trusted = try await firstTrusted { units in
      calls.withLock { $0.append(units) }
      return units == .all ? black : right
    }
    XCTAssertEqual(trusted, .cpuAndGPU)
    XCTAssertEqual(calls.withLock { $0 }, [.cpuOnly, .all, .cpuAndGPU])
    // Both verdicts are kept, the bad one as well.
    let again = try await firstTrusted { _ in throw H3AEError(.engineRun, "it was decoded again") }
    XCTAssertEqual(again, .cpuAndGPU)
  }

  func testWhereNoneAgreesNoneIsTrusted() async throws {
    let right = try frames(0.5)
    let black = try frames(-1)
    let trusted = try await firstTrusted { $0 == .cpuOnly ? right : black }
    XCTAssertNil(trusted)
  }

  func testUnitsThatFailArePassedOverAndAskedAgain() async throws {
    let right = try frames(0.5)
    let trusted = try await firstTrusted {
      guard $0 == .cpuOnly else { throw H3AEError(.engineRun, "the unit gave up") }
      return right
    }
    XCTAssertNil(trusted)
    let later = try await firstTrusted { _ in right }
    XCTAssertEqual(later, .all)
  }

  func testAnotherBuildIsAskedAnew() async throws {
    let same = try frames(0.5)
    let black = try frames(-1)
    let before = try await firstTrusted { _ in same }
    let after = try await firstTrusted("1A2") { $0 == .cpuOnly ? same : black }
    XCTAssertEqual(before, .all)
    XCTAssertNil(after)
  }

  func testWithoutTheCPUThereIsNoVerdict() async throws {
    do {
      _ = try await firstTrusted { _ in throw H3AEError(.engineLoad, "no function") }
      XCTFail("there was one")
    } catch let error as H3AEError {
      XCTAssertEqual(error.code, .engineLoad)
    }
    XCTAssertFalse(FileManager.default.fileExists(atPath: folder.path))
  }
}
