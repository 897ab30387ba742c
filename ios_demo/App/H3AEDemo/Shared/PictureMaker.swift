import CoreGraphics
import H3AEKit
import H3AEVideo
import VideoToolbox

/// A frame to show, and the pixels behind it to write into a file.
struct ShownFrame: Sendable {
  let picture: CGImage
  let image: PixelBufferImage

  /// - Throws: `engine.output` if the system makes no picture of the pixels.
  init(_ image: PixelBufferImage) throws {
    var made: CGImage?
    VTCreateCGImageFromCVPixelBuffer(image.buffer, options: nil, imageOut: &made)
    guard let made else { throw H3AEError(.engineOutput, "a frame cannot be shown") }
    self.image = image
    picture = made
  }
}

/// Makes frames to show, off the main actor.
actor PictureMaker {
  private let renderer: FrameRenderer

  /// - Throws: `memory.insufficient`.
  init(video: Manifest.Video) throws { renderer = try FrameRenderer(video: video) }

  func shown(_ frame: Frame) throws -> ShownFrame { try ShownFrame(renderer.image(of: frame)) }

  /// Frames `[T, 3, H, W]` of a clip that was read.
  func shown(_ clip: Tensor) throws -> [ShownFrame] {
    try (0..<clip.count).map { index in
      let frame = clip.rows(index..<index + 1).reshaped(Array(clip.shape.dropFirst()))
      return try ShownFrame(renderer.image(of: frame))
    }
  }
}
