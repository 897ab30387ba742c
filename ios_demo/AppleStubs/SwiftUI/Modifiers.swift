// Follows https://developer.apple.com/documentation/swiftui/view-fundamentals and the pages of the
// modifiers. In the SDK of iOS 18 they are nonisolated.

public enum ContentMode: Sendable {
  case fit
  case fill
}

public enum HorizontalEdge: Sendable {
  case leading
  case trailing
}

public enum Visibility: Sendable {
  case automatic
  case visible
  case hidden
}

public enum AccessibilityAdjustmentDirection: Sendable {
  case increment
  case decrement
}

extension View {
  public nonisolated func navigationTitle(_ titleKey: LocalizedStringKey) -> some View {
    EmptyView()
  }
  public nonisolated func toolbar<Content: ToolbarContent>(
    @ToolbarContentBuilder content: () -> Content
  ) -> some View { EmptyView() }
  public nonisolated func padding(_ length: CGFloat? = nil) -> some View { EmptyView() }
  public nonisolated func font(_ font: Font?) -> some View { EmptyView() }
  public nonisolated func foregroundStyle<S: ShapeStyle>(_ style: S) -> some View { EmptyView() }
  public nonisolated func disabled(_ disabled: Bool) -> some View { EmptyView() }
  public nonisolated func tag<V: Hashable>(_ tag: V) -> some View { EmptyView() }
  public nonisolated func pickerStyle<S: PickerStyle>(_ style: S) -> some View { EmptyView() }
  public nonisolated func buttonStyle<S: PrimitiveButtonStyle>(_ style: S) -> some View {
    EmptyView()
  }
  public nonisolated func textSelection(_ selectability: EnabledTextSelectability) -> some View {
    EmptyView()
  }
  public nonisolated func frame(
    width: CGFloat? = nil, height: CGFloat? = nil, alignment: Alignment = .center
  ) -> some View { EmptyView() }
  public nonisolated func frame(
    minWidth: CGFloat? = nil, maxWidth: CGFloat? = nil, alignment: Alignment = .center
  ) -> some View { EmptyView() }
  public nonisolated func offset(x: CGFloat = 0, y: CGFloat = 0) -> some View { EmptyView() }
  public nonisolated func shadow(radius: CGFloat) -> some View { EmptyView() }
  public nonisolated func aspectRatio(
    _ aspectRatio: CGFloat? = nil, contentMode: ContentMode
  ) -> some View { EmptyView() }
  public nonisolated func clipShape<S: Shape>(_ shape: S) -> some View { EmptyView() }
  public nonisolated func contentShape<S: Shape>(_ shape: S) -> some View { EmptyView() }
  public nonisolated func background<S: ShapeStyle, T: Shape>(_ style: S, in shape: T) -> some View
  { EmptyView() }
  public nonisolated func overlay<V: View>(
    alignment: Alignment = .center, @ViewBuilder content: () -> V
  ) -> some View { EmptyView() }
  public nonisolated func mask<Mask: View>(
    alignment: Alignment = .center, @ViewBuilder _ mask: () -> Mask
  ) -> some View { EmptyView() }
  public nonisolated func gesture<T: Gesture>(_ gesture: T) -> some View { EmptyView() }
  public nonisolated func task(
    priority: TaskPriority = .userInitiated,
    @_inheritActorContext _ action: @escaping @Sendable () async -> Void
  ) -> some View { EmptyView() }
  public nonisolated func onChange<V: Equatable>(
    of value: V, initial: Bool = false, _ action: @escaping (_ oldValue: V, _ newValue: V) -> Void
  ) -> some View { EmptyView() }
  public nonisolated func tint(_ tint: Color?) -> some View { EmptyView() }
  public nonisolated func swipeActions<T: View>(
    edge: HorizontalEdge = .trailing, allowsFullSwipe: Bool = true, @ViewBuilder content: () -> T
  ) -> some View { EmptyView() }
  public nonisolated func contextMenu<MenuItems: View>(
    @ViewBuilder menuItems: () -> MenuItems
  ) -> some View { EmptyView() }
  public nonisolated func confirmationDialog<A: View, M: View, T>(
    _ titleKey: LocalizedStringKey, isPresented: Binding<Bool>,
    titleVisibility: Visibility = .automatic, presenting data: T?,
    @ViewBuilder actions: (T) -> A, @ViewBuilder message: (T) -> M
  ) -> some View { EmptyView() }
  public nonisolated func fileImporter(
    isPresented: Binding<Bool>, allowedContentTypes: [UTType],
    onCompletion: @escaping (_ result: Result<URL, any Error>) -> Void
  ) -> some View { EmptyView() }
  public nonisolated func accessibilityLabel(_ labelKey: LocalizedStringKey) -> some View {
    EmptyView()
  }
  public nonisolated func accessibilityValue(_ valueKey: LocalizedStringKey) -> some View {
    EmptyView()
  }
  public nonisolated func accessibilityIdentifier(_ identifier: String) -> some View { EmptyView() }
  public nonisolated func accessibilityElement() -> some View { EmptyView() }
  public nonisolated func accessibilityAdjustableAction(
    _ handler: @escaping (AccessibilityAdjustmentDirection) -> Void
  ) -> some View { EmptyView() }
}

public protocol TextSelectability {}
public struct EnabledTextSelectability: TextSelectability {}
extension TextSelectability where Self == EnabledTextSelectability {
  public static var enabled: EnabledTextSelectability { EnabledTextSelectability() }
}
