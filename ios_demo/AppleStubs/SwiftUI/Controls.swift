// Follows https://developer.apple.com/documentation/swiftui/button, .../menu, .../picker,
// .../slider, .../stepper, .../progressview, .../labeledcontent, .../sharelink, .../toolbaritem
// and .../draggesture

public struct ButtonRole: Sendable, Equatable {
  public static let cancel = ButtonRole()
  public static let destructive = ButtonRole()
}
public struct Button<Label: View>: PrimitiveView {
  @preconcurrency
  public nonisolated init(
    action: @escaping @MainActor () -> Void, @ViewBuilder label: () -> Label
  ) {}
}
extension Button where Label == Text {
  @preconcurrency
  public nonisolated init(
    _ titleKey: LocalizedStringKey, action: @escaping @MainActor () -> Void
  ) {}
  @preconcurrency
  public nonisolated init(
    _ titleKey: LocalizedStringKey, role: ButtonRole?, action: @escaping @MainActor () -> Void
  ) {}
  @_disfavoredOverload
  @preconcurrency
  public nonisolated init<S: StringProtocol>(
    _ title: S, action: @escaping @MainActor () -> Void
  ) {}
}

public protocol PrimitiveButtonStyle {}
public struct BorderedButtonStyle: PrimitiveButtonStyle {}
public struct BorderedProminentButtonStyle: PrimitiveButtonStyle {}
extension PrimitiveButtonStyle where Self == BorderedButtonStyle {
  public static var bordered: BorderedButtonStyle { BorderedButtonStyle() }
}
extension PrimitiveButtonStyle where Self == BorderedProminentButtonStyle {
  public static var borderedProminent: BorderedProminentButtonStyle {
    BorderedProminentButtonStyle()
  }
}

public struct Menu<Label: View, Content: View>: PrimitiveView {
  public nonisolated init(@ViewBuilder content: () -> Content, @ViewBuilder label: () -> Label) {}
}

public struct Picker<Label: View, SelectionValue: Hashable, Content: View>: PrimitiveView {}
extension Picker where Label == Text {
  public nonisolated init(
    _ titleKey: LocalizedStringKey, selection: Binding<SelectionValue>,
    @ViewBuilder content: () -> Content
  ) { fatalError("signature") }
}

public protocol PickerStyle {}
public struct SegmentedPickerStyle: PickerStyle {}
extension PickerStyle where Self == SegmentedPickerStyle {
  public static var segmented: SegmentedPickerStyle { SegmentedPickerStyle() }
}

public struct Slider<Label: View, ValueLabel: View>: PrimitiveView {}
extension Slider where Label == EmptyView, ValueLabel == EmptyView {
  public nonisolated init<V: BinaryFloatingPoint>(
    value: Binding<V>, in bounds: ClosedRange<V>, step: V.Stride = 1,
    onEditingChanged: @escaping (Bool) -> Void = { _ in }
  ) where V.Stride: BinaryFloatingPoint { fatalError("signature") }
}

public struct Stepper<Label: View>: PrimitiveView {}
extension Stepper where Label == Text {
  public nonisolated init<V: Strideable>(
    _ titleKey: LocalizedStringKey, value: Binding<V>, in bounds: ClosedRange<V>,
    step: V.Stride = 1, onEditingChanged: @escaping (Bool) -> Void = { _ in }
  ) { fatalError("signature") }
}

public struct ProgressView<Label: View, CurrentValueLabel: View>: PrimitiveView {}
extension ProgressView where Label == Text, CurrentValueLabel == EmptyView {
  public nonisolated init(_ titleKey: LocalizedStringKey) { fatalError("signature") }
}
extension ProgressView where CurrentValueLabel == EmptyView {
  public nonisolated init<V: BinaryFloatingPoint>(
    value: V?, total: V = 1.0, @ViewBuilder label: () -> Label
  ) { fatalError("signature") }
}

public struct LabeledContent<Label: View, Content: View>: PrimitiveView {}
extension LabeledContent where Label == Text, Content: View {
  public nonisolated init(
    _ titleKey: LocalizedStringKey, @ViewBuilder content: () -> Content
  ) { fatalError("signature") }
}
extension LabeledContent where Label == Text, Content == Text {
  public nonisolated init<S: StringProtocol>(_ titleKey: LocalizedStringKey, value: S) {
    fatalError("signature")
  }
}

public struct ShareLink<Label: View>: PrimitiveView {}
extension ShareLink where Label == SwiftUI.Label<Text, Image> {
  public nonisolated init(_ titleKey: LocalizedStringKey, item: URL) { fatalError("signature") }
}

public struct ToolbarItemPlacement: Sendable {
  public static let primaryAction = ToolbarItemPlacement()
}
@MainActor @preconcurrency
public protocol ToolbarContent {}
public struct ToolbarItem<Content: View>: ToolbarContent {
  public nonisolated init(
    placement: ToolbarItemPlacement, @ViewBuilder content: () -> Content
  ) {}
}
@resultBuilder
public struct ToolbarContentBuilder {
  public static func buildBlock<Content: ToolbarContent>(_ content: Content) -> Content { content }
}

@MainActor @preconcurrency
public protocol Gesture<Value> {
  associatedtype Value
}
public struct DragGesture: Gesture {
  public struct Value: Sendable {
    public var location: CGPoint
  }
  public nonisolated init(minimumDistance: CGFloat = 10) {}
  @preconcurrency
  public nonisolated func onChanged(_ action: @escaping @MainActor (Value) -> Void) -> DragGesture {
    self
  }
}
