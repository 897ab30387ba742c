// Follows https://developer.apple.com/documentation/swiftui/text, .../localizedstringkey,
// .../label and .../font

public struct LocalizedStringKey: Equatable, ExpressibleByStringInterpolation {
  public init(_ value: String) {}
  public init(stringLiteral value: String) {}
  public init(stringInterpolation: StringInterpolation) {}
  public struct StringInterpolation: StringInterpolationProtocol {
    public init(literalCapacity: Int, interpolationCount: Int) {}
    public mutating func appendLiteral(_ literal: String) {}
    public mutating func appendInterpolation(_ string: String) {}
    public mutating func appendInterpolation<T: CVarArg>(_ value: T) {}
  }
}

public struct Text: PrimitiveView, Sendable, Equatable {
  public init(_ key: LocalizedStringKey, tableName: String? = nil) {}
  public init(verbatim content: String) {}
  @_disfavoredOverload
  public init<S: StringProtocol>(_ content: S) {}
  public func monospacedDigit() -> Text { self }
}

public struct Image: PrimitiveView, Sendable, Equatable {
  public enum Interpolation: Sendable {
    case none
    case low
    case medium
    case high
  }
  public init(systemName: String) {}
  public init(decorative cgImage: CGImage, scale: CGFloat) {}
  public func resizable() -> Image { self }
  public func interpolation(_ interpolation: Interpolation) -> Image { self }
}

public struct Label<Title: View, Icon: View>: PrimitiveView {
  public nonisolated init(@ViewBuilder title: () -> Title, @ViewBuilder icon: () -> Icon) {}
}
extension Label where Title == Text, Icon == Image {
  public nonisolated init(_ titleKey: LocalizedStringKey, systemImage name: String) {}
}

public struct Font: Sendable, Hashable {
  public static let caption = Font()
  public static let footnote = Font()
  public func monospaced() -> Font { self }
}

public struct Color: PrimitiveView, ShapeStyle, Sendable {
  public init(_ color: UIColor) {}
}

public protocol ShapeStyle: Sendable {}

public struct HierarchicalShapeStyle: ShapeStyle {}
extension ShapeStyle where Self == HierarchicalShapeStyle {
  public static var secondary: HierarchicalShapeStyle { HierarchicalShapeStyle() }
}
extension ShapeStyle where Self == Color {
  public static var red: Color { fatalError("signature") }
  public static var white: Color { fatalError("signature") }
}
public struct Material: ShapeStyle {}
extension ShapeStyle where Self == Material {
  public static var regularMaterial: Material { Material() }
}

public protocol Shape: View, Sendable {}
public struct Rectangle: Shape, PrimitiveView {
  public init() {}
}
public struct RoundedRectangle: Shape, PrimitiveView {
  public init(cornerRadius: CGFloat) {}
}
extension Shape {
  public nonisolated func fill<S: ShapeStyle>(_ content: S) -> some View { EmptyView() }
}
extension Shape where Self == Rectangle {
  public static var rect: Rectangle { Rectangle() }
}
extension Shape where Self == RoundedRectangle {
  public static func rect(cornerRadius: CGFloat) -> RoundedRectangle {
    RoundedRectangle(cornerRadius: cornerRadius)
  }
}
