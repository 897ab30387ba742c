// Follows https://developer.apple.com/documentation/uniformtypeidentifiers/uttype-swift.struct

@_exported import Foundation

public struct UTType: Sendable, Hashable {
  public static var movie: UTType { fatalError("signature") }
  public static var zip: UTType { fatalError("signature") }
  public static var image: UTType { fatalError("signature") }
}
