// Follows https://developer.apple.com/documentation/coregraphics/cgimage,
// .../cgcontext and .../cgcolorspace

public final class CGImage: @unchecked Sendable {
  // CGImage is immutable, and Core Graphics declares it Sendable.
  fileprivate init() {}
  public var width: Int { fatalError("signature") }
  public var height: Int { fatalError("signature") }
}

public final class CGColorSpace: @unchecked Sendable {
  // As CGImage.
  public init?(name: CFString) { fatalError("signature") }
  public class var sRGB: CFString { fatalError("signature") }
}

public enum CGImageAlphaInfo: UInt32, Sendable {
  case none = 0
  case premultipliedLast = 1
  case premultipliedFirst = 2
  case noneSkipLast = 5
  case noneSkipFirst = 6
}

public struct CGBitmapInfo: OptionSet, Sendable {
  public let rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }
  public static let byteOrder32Little = CGBitmapInfo(rawValue: 2 << 12)
}

public enum CGInterpolationQuality: Int32, Sendable {
  case `default` = 0
  case none = 1
  case low = 2
  case medium = 4
  case high = 3
}

public final class CGContext {
  public init?(
    data: UnsafeMutableRawPointer?, width: Int, height: Int, bitsPerComponent: Int,
    bytesPerRow: Int, space: CGColorSpace, bitmapInfo: UInt32
  ) { fatalError("signature") }
  public var interpolationQuality: CGInterpolationQuality {
    get { fatalError("signature") }
    set {}
  }
  public func draw(_ image: CGImage, in rect: CGRect, byTiling: Bool = false) {
    fatalError("signature")
  }
  public func makeImage() -> CGImage? { fatalError("signature") }
}
