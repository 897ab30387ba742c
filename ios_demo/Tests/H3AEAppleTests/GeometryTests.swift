import H3AEDevice
import H3AEVideo
import XCTest

final class GeometryTests: XCTestCase {
  func testCropFillsTheFrameEvenly() {
    let place = FrameFit.crop.placement(
      of: FrameSize(width: 1920, height: 1080), in: FrameSize(width: 512, height: 512))
    XCTAssertEqual(place.height, 512, accuracy: 1e-9)
    XCTAssertEqual(place.width, 512.0 * 1920 / 1080, accuracy: 1e-9)
    XCTAssertEqual(place.x, (512 - place.width) / 2, accuracy: 1e-9)
    XCTAssertEqual(place.y, 0, accuracy: 1e-9)
  }

  func testPadShowsAllOfIt() {
    let place = FrameFit.pad.placement(
      of: FrameSize(width: 1080, height: 1920), in: FrameSize(width: 512, height: 512))
    XCTAssertEqual(place.height, 512, accuracy: 1e-9)
    XCTAssertEqual(place.width, 288, accuracy: 1e-9)
    XCTAssertEqual(place.x, 112, accuracy: 1e-9)
  }

  func testResizeStretches() {
    XCTAssertEqual(
      FrameFit.resize.placement(
        of: FrameSize(width: 3, height: 9), in: FrameSize(width: 512, height: 256)),
      FrameRect(x: 0, y: 0, width: 512, height: 256))
  }

  func testFrameClockDoesNotDrift() {
    XCTAssertEqual(FrameClock(fps: 24).seconds(of: 24_000), 1000, accuracy: 1e-9)
    XCTAssertEqual(FrameClock(fps: 23.976).timescale, 24_000)
    XCTAssertEqual(FrameClock(fps: 24_000 / 1001).ticksPerFrame, 1001)
    XCTAssertEqual(FrameClock(fps: 29.97).position(of: 30).value, 30_030)
    XCTAssertEqual(FrameClock(fps: 12.5).seconds(of: 25), 2, accuracy: 1e-9)
  }

  func testFrameClockTakesEveryRateOfAManifest() {
    XCTAssertEqual(FrameClock(fps: 1000).seconds(of: 1000), 1, accuracy: 1e-9)
    XCTAssertEqual(FrameClock(fps: 0.5).seconds(of: 3), 6, accuracy: 1e-9)
    XCTAssertEqual(FrameClock(fps: 1e-4).seconds(of: 1), 1e4, accuracy: 1e-9)
    let slowest = FrameClock(fps: .leastNonzeroMagnitude)
    XCTAssertGreaterThan(slowest.seconds(of: 1 << 20), 0)
    XCTAssertTrue(slowest.seconds(of: 1 << 20).isFinite)
  }

  func testVersions() throws {
    let versions = try ["17.0", "17.4", "18", "18.0.1", "18.9", "18.10", "27.0"].map {
      try XCTUnwrap(SystemVersion($0))
    }
    XCTAssertEqual(versions.shuffled().sorted(), versions)
    XCTAssertEqual(SystemVersion("18"), SystemVersion("18.0.0"))
    XCTAssertEqual(SystemVersion("18")?.description, "18.0")
    for text in ["", "18.", "18.x", "-1.0", "18..1"] { XCTAssertNil(SystemVersion(text), text) }
  }
}
