import CoreVideo
import H3AEKit
import H3AEVideo
import XCTest

/// Pixel buffers, their tags, and files of them.
final class VideoFileTests: XCTestCase {
  func testBuffersAreTaggedAndKeepTheirPixels() throws {
    let video = try DeviceBundle.open().manifest.video
    let frame = try Self.gradient(video)
    let image = try FrameRenderer(video: video).image(of: frame)
    XCTAssertNotNil(CVPixelBufferGetIOSurface(image.buffer), "the buffer is on no IOSurface")
    for key in [
      kCVImageBufferColorPrimariesKey, kCVImageBufferTransferFunctionKey,
      kCVImageBufferYCbCrMatrixKey,
    ] {
      XCTAssertNotNil(CVBufferCopyAttachment(image.buffer, key, nil), "\(key)")
    }
    // Half a level of 8 bits, in [-1, 1].
    XCTAssertGreaterThan(try image.rgb().psnr(against: frame), 50)
  }

  func testFileHoldsTheFrames() async throws {
    let video = try DeviceBundle.open().manifest.video
    let frame = try Self.gradient(video)
    let file = URL.temporaryDirectory.appending(path: "\(UUID().uuidString).mp4")
    defer { try? FileManager.default.removeItem(at: file) }
    let renderer = try FrameRenderer(video: video)
    let writer = try VideoFileWriter(to: file, video: video)
    for _ in 0..<17 { try await writer.append(renderer.image(of: frame)) }
    XCTAssertFalse(FileManager.default.fileExists(atPath: file.path), "it is there too early")
    try await writer.finish()
    let reader = ClipReader(width: video.width, height: video.height, fit: .resize)
    let clip = try await reader.video(at: file, frames: 17)
    XCTAssertEqual(clip.repeated, 0)
    XCTAssertEqual(clip.fps, video.fps, accuracy: 0.01)
    let last = clip.frames.rows(16..<17).reshaped(frame.shape)
    // H.264 with halved chroma: a smooth picture keeps well above this.
    XCTAssertGreaterThan(try last.psnr(against: frame), 30)
  }

  func testCancelledFileLeavesNothing() async throws {
    let video = try DeviceBundle.open().manifest.video
    let folder = URL.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let writer = try VideoFileWriter(to: folder.appending(path: "clip.mp4"), video: video)
    let frame = try FrameRenderer(video: video).image(of: Self.gradient(video))
    try await writer.append(frame)
    await writer.cancel()
    XCTAssertEqual(try FileManager.default.contentsOfDirectory(atPath: folder.path), [])
  }

  private static func gradient(_ video: Manifest.Video) throws -> Tensor {
    let (height, width) = (video.height, video.width)
    let numbers = (0..<3 * height * width).map { index in
      let (x, y, plane) = (index % width, index / width % height, index / (width * height))
      let slope = [x, y, x + y][plane]
      return Float(slope) / Float(width + height) * 1.6 - 0.8
    }
    return try Tensor(shape: [3, height, width], floats: numbers)
  }
}
