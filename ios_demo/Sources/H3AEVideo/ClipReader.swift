#if canImport(AVFoundation) && canImport(ImageIO)
  import AVFoundation
  import CoreGraphics
  import H3AEKit
  import ImageIO

  /// Photos and videos as the input of an encoder: `[T, 3, H, W]`, RGB in [-1, 1].
  ///
  /// Pictures are taken as a viewer shows them: rotation and pixels that are not square are
  /// applied, HDR is brought to standard range by the system.
  public struct ClipReader: Sendable {
    public var width: Int
    public var height: Int
    public var fit: FrameFit

    public init(width: Int, height: Int, fit: FrameFit = .crop) {
      self.width = width
      self.height = height
      self.fit = fit
    }

    /// What was read.
    public struct Clip: Sendable {
      /// `[T, 3, H, W]`.
      public let frames: Tensor
      public let fps: Double
      /// How many frames at the end repeat the last one, since the clip has no more.
      public let repeated: Int
    }

    /// Reads a photo: one frame.
    ///
    /// - Throws: `tensor.format` if it is no picture, `memory.insufficient`.
    public func photo(at url: URL) throws -> Tensor {
      guard let source = CGImageSourceCreateWithURL(url as CFURL, nil),
        let picture = CGImageSourceCreateThumbnailAtIndex(
          source, 0, thumbnail(of: source) as CFDictionary)
      else {
        throw H3AEError(
          .tensorFormat, "\(url.lastPathComponent) is no picture that this device reads")
      }
      return try tensor(of: [pixels(of: picture)])
    }

    /// Reads a photo as a clip that stands still.
    ///
    /// - Throws: as above.
    public func still(at url: URL, frames count: Int) throws -> Clip {
      let photo = try photo(at: url)
      let frames = Tensor(shape: [count, 3, height, width]) { target in
        photo.withUnsafeBytes { source in
          for index in 0..<count {
            UnsafeMutableRawBufferPointer(rebasing: target[(index * source.count)...])
              .copyMemory(from: source)
          }
        }
      }
      return Clip(frames: frames, fps: 24, repeated: count - 1)
    }

    /// Reads the first frames of a video at its own rate; a shorter one repeats its last frame.
    ///
    /// - Throws: `tensor.format` if it is no video, or is damaged, `memory.insufficient`,
    ///   `CancellationError`.
    public func video(at url: URL, frames count: Int) async throws -> Clip {
      let (asset, track) = try await Self.open(url)
      let rate = try await Self.rate(of: track)
      // Not that of the file: sound may begin earlier and last longer.
      let (start, duration) = try await Self.extent(of: track)
      let available = Int(min(Double(count), max(1, (duration * rate).rounded())))
      let generator = AVAssetImageGenerator(asset: asset)
      generator.appliesPreferredTrackTransform = true
      generator.apertureMode = .cleanAperture
      generator.requestedTimeToleranceBefore = .zero
      generator.requestedTimeToleranceAfter = .zero
      var pictures: [[UInt8]] = []
      for index in 0..<available {
        try Task.checkCancellation()
        // The middle of a frame: no rounding leads to a neighbour.
        let time = CMTime(seconds: start + (Double(index) + 0.5) / rate, preferredTimescale: 60_000)
        let picture: CGImage
        do {
          picture = try await generator.image(at: time).image
        } catch let error where !(error is CancellationError) {
          throw Self.unreadable(url, "frame \(index): \(error.localizedDescription)")
        }
        pictures.append(try pixels(of: picture))
      }
      let repeated = count - available
      if let last = pictures.last {
        pictures += Array(repeating: last, count: repeated)
      }
      return Clip(frames: try tensor(of: pictures), fps: rate, repeated: repeated)
    }

    private func pixels(of picture: CGImage) throws -> [UInt8] {
      try PictureDrawing.pixels(of: picture, width: width, height: height, fit: fit)
    }

    private func tensor(of pictures: [[UInt8]]) throws -> Tensor {
      let bytesOfFrame = 3 * width * height * ElementType.float32.byteCount
      return try Tensor(shape: [pictures.count, 3, height, width]) { target in
        for (index, picture) in pictures.enumerated() {
          let frame = try picture.withUnsafeBytes {
            try PixelConversion.read(
              $0, as: .bgra, width: width, height: height, bytesPerRow: 4 * width)
          }
          let place = UnsafeMutableRawBufferPointer(
            rebasing: target[index * bytesOfFrame..<(index + 1) * bytesOfFrame])
          frame.withUnsafeBytes { place.copyMemory(from: $0) }
        }
      }
    }

    /// Lets ImageIO decode no more of a photo than the frame needs.
    private func thumbnail(of source: CGImageSource) -> [CFString: Any] {
      var options: [CFString: Any] = [
        kCGImageSourceCreateThumbnailFromImageAlways: true,
        kCGImageSourceCreateThumbnailWithTransform: true,
        kCGImageSourceShouldCacheImmediately: true,
      ]
      let properties = CGImageSourceCopyPropertiesAtIndex(source, 0, nil) as? [CFString: Any]
      let sides = [kCGImagePropertyPixelWidth, kCGImagePropertyPixelHeight].compactMap {
        properties?[$0] as? Int
      }
      if let long = sides.max(), let short = sides.min(), short > 0 {
        // Twice the frame, so that the last reduction is a clean one.
        let needed = 2 * max(width, height) * long / short
        options[kCGImageSourceThumbnailMaxPixelSize] = min(long, needed)
      }
      return options
    }

    private static func open(_ url: URL) async throws -> (AVURLAsset, AVAssetTrack) {
      let asset = AVURLAsset(url: url)
      let tracks: [AVAssetTrack]
      do {
        tracks = try await asset.loadTracks(withMediaType: .video)
      } catch {
        throw unreadable(url, error.localizedDescription)
      }
      guard let track = tracks.first else { throw unreadable(url, "it holds no video") }
      return (asset, track)
    }

    private static func rate(of track: AVAssetTrack) async throws -> Double {
      let rate = Double(try await track.load(.nominalFrameRate))
      return rate > 0 ? rate : 30
    }

    private static func extent(
      of track: AVAssetTrack
    ) async throws -> (start: Double, duration: Double) {
      let range = try await track.load(.timeRange)
      return (
        range.start.isNumeric ? range.start.seconds : 0,
        range.duration.isNumeric ? range.duration.seconds : 0
      )
    }

    private static func unreadable(_ url: URL, _ reason: String) -> H3AEError {
      H3AEError(
        .tensorFormat, "\(url.lastPathComponent) is no video that this device reads: \(reason)")
    }
  }
#endif
