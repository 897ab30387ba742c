// Follows https://developer.apple.com/documentation/foundation/url/documentsdirectory and its
// siblings, and https://developer.apple.com/documentation/swift/string/init(localized:table:bundle:locale:comment:),
// which the Foundation of Linux lacks.

@_exported import Foundation

extension URL {
  public func startAccessingSecurityScopedResource() -> Bool { fatalError("signature") }
  public func stopAccessingSecurityScopedResource() { fatalError("signature") }
  public static var documentsDirectory: URL { fatalError("signature") }
  public static var applicationSupportDirectory: URL { fatalError("signature") }
}

extension String {
  public struct LocalizationValue: ExpressibleByStringInterpolation {
    public init(stringLiteral value: String) {}
  }
  public init(localized keyAndValue: String.LocalizationValue, comment: StaticString? = nil) {
    fatalError("signature")
  }
}
