// Follows https://developer.apple.com/documentation/avfoundation/avurlasset,
// .../avassettrack, .../avasyncproperty and .../avassetimagegenerator
//
// Assets and tracks are Sendable in Apple's headers; image generators are not.

@_exported import CoreMedia

public struct AVMediaType: Sendable, Hashable {
  public static let video = AVMediaType()
}

open class AVAsyncProperty<Root, Value>: @unchecked Sendable {
  // A key; it holds nothing.
  fileprivate init() {}
}

open class AVAsset: NSObject, @unchecked Sendable {
  // Declared so by Apple: properties are loaded behind its own locks.
  public func load<T>(_ property: AVAsyncProperty<AVAsset, T>) async throws -> T {
    fatalError("signature")
  }
  public func loadTracks(withMediaType mediaType: AVMediaType) async throws -> [AVAssetTrack] {
    fatalError("signature")
  }
}

open class AVURLAsset: AVAsset, @unchecked Sendable {
  public init(url: URL, options: [String: Any]? = nil) { fatalError("signature") }
}

open class AVAssetTrack: NSObject, @unchecked Sendable {
  // As AVAsset.
  fileprivate override init() {}
  public func load<T>(_ property: AVAsyncProperty<AVAssetTrack, T>) async throws -> T {
    fatalError("signature")
  }
}

extension AVAsyncProperty where Root == AVAssetTrack {
  public static var nominalFrameRate: AVAsyncProperty<AVAssetTrack, Float> {
    fatalError("signature")
  }
  public static var timeRange: AVAsyncProperty<AVAssetTrack, CMTimeRange> {
    fatalError("signature")
  }
}

open class AVAssetImageGenerator: NSObject {
  public struct ApertureMode: Sendable, Hashable {
    public static let cleanAperture = ApertureMode()
  }
  public init(asset: AVAsset) { fatalError("signature") }
  open var appliesPreferredTrackTransform: Bool {
    get { fatalError("signature") }
    set {}
  }
  open var apertureMode: ApertureMode? {
    get { fatalError("signature") }
    set {}
  }
  open var requestedTimeToleranceBefore: CMTime {
    get { fatalError("signature") }
    set {}
  }
  open var requestedTimeToleranceAfter: CMTime {
    get { fatalError("signature") }
    set {}
  }
  public func image(at time: CMTime) async throws -> (image: CGImage, actualTime: CMTime) {
    fatalError("signature")
  }
}
