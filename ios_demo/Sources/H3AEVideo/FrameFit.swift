/// How a picture fills a frame of another shape; the words of `docs/clips.md`.
public enum FrameFit: String, Sendable, CaseIterable {
  /// The picture's shape is kept; what lies outside the frame is cut, evenly on both sides.
  case crop
  /// The picture is stretched.
  case resize
  /// The picture's shape is kept and all of it is seen; the rest of the frame is black.
  case pad

  /// Where the whole picture is drawn so that the frame shows what it should.
  ///
  /// - Parameters:
  ///   - picture: Width and height as a viewer shows it: rotated, with square pixels.
  ///   - frame: Width and height in pixels.
  /// - Returns: In pixels of the frame; parts of it may lie outside.
  public func placement(of picture: FrameSize, in frame: FrameSize) -> FrameRect {
    let whole = FrameRect(x: 0, y: 0, width: frame.width, height: frame.height)
    guard picture.width > 0, picture.height > 0, self != .resize else { return whole }
    let horizontal = frame.width / picture.width
    let vertical = frame.height / picture.height
    let scale = self == .crop ? max(horizontal, vertical) : min(horizontal, vertical)
    let width = picture.width * scale
    let height = picture.height * scale
    return FrameRect(
      x: (frame.width - width) / 2, y: (frame.height - height) / 2, width: width, height: height)
  }
}

/// Width and height in pixels.
public struct FrameSize: Sendable, Equatable {
  public var width: Double
  public var height: Double

  public init(width: Double, height: Double) {
    self.width = width
    self.height = height
  }
}

/// A rectangle in pixels, from the upper left corner.
public struct FrameRect: Sendable, Equatable {
  public var x: Double
  public var y: Double
  public var width: Double
  public var height: Double

  public init(x: Double, y: Double, width: Double, height: Double) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
  }
}
