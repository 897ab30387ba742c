import Foundation
import H3AEDemoCore
import H3AEKit
import XCTest

final class LaunchRequestTests: XCTestCase {
  /// The words of `IosRun.arguments` in `profiling/h3ae_profiling/ios/run.py`.
  func testArgumentsOfTheProfiler() throws {
    let request = try LaunchRequest(arguments: [
      "/path/H3AEDemo", "--profile-bundle", "Documents/profile-inbox/demo.h3ae", "--profile-run",
      "18a2", "--profile-repetitions", "7", "--profile-warmup", "2", "--profile-sustained-s", "90",
      "--profile-target", "coreml", "--profile-precision", "fp16",
    ])
    XCTAssertEqual(
      request,
      LaunchRequest(
        bundle: "Documents/profile-inbox/demo.h3ae", run: "18a2", repetitions: 7, warmup: 2,
        sustained: 90, target: "coreml", precision: "fp16"))
  }

  func testDefaultsAndOrdinaryStart() throws {
    XCTAssertNil(try LaunchRequest(arguments: ["app"]))
    XCTAssertNil(try LaunchRequest(arguments: ["app", "-NSDocumentRevisionsDebugMode", "YES"]))
    let request = try XCTUnwrap(LaunchRequest(arguments: ["app", "--profile-bundle", "x.h3ae"]))
    XCTAssertEqual(request, LaunchRequest(bundle: "x.h3ae", run: ""))
  }

  func testNonsenseIsRefused() {
    for arguments in [
      ["--profile-bundle"],
      ["--profile-bundle", "x", "--profile-repetitions", "0"],
      ["--profile-bundle", "x", "--profile-repetitions", "many"],
      ["--profile-bundle", "x", "--profile-sustained-s", "nan"],
      ["--profile-bundle", "x", "--profile-warmup", "-1"],
    ] {
      XCTAssertThrowsError(try LaunchRequest(arguments: arguments), "\(arguments)") { error in
        XCTAssertEqual((error as? H3AEError)?.code, .decodeUnsupported)
      }
    }
  }

  func testStatusIsWhole() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent(UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    let outbox = ProfileOutbox(folder: folder)
    try outbox.write(ProfileStatus(.running, step: "warm up", done: 1, total: 9, run: "18a2"))
    let object = try JSONSerialization.jsonObject(with: Data(contentsOf: outbox.status))
    let status = try XCTUnwrap(object as? [String: Any])
    XCTAssertEqual(Set(status.keys), ["state", "step", "done", "total", "run"])
    XCTAssertEqual(status["state"] as? String, "running")
    XCTAssertEqual(status["run"] as? String, "18a2")
    XCTAssertEqual(
      try FileManager.default.contentsOfDirectory(atPath: folder.path), ["status.json"])
    outbox.clear()
    XCTAssertEqual(try FileManager.default.contentsOfDirectory(atPath: folder.path), [])
  }
}
