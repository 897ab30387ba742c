// Follows https://developer.apple.com/documentation/swiftui/layout-fundamentals, .../list,
// .../form, .../section, .../tabview, .../contentunavailableview, .../timelineview
// and .../geometryreader

public struct HorizontalAlignment: Sendable, Equatable {
  public static let leading = HorizontalAlignment()
  public static let center = HorizontalAlignment()
}
public struct VerticalAlignment: Sendable, Equatable {
  public static let center = VerticalAlignment()
}
public struct Alignment: Sendable, Equatable {
  public static let center = Alignment()
  public static let leading = Alignment()
  public static let bottom = Alignment()
}

public struct VStack<Content: View>: PrimitiveView {
  public nonisolated init(
    alignment: HorizontalAlignment = .center, spacing: CGFloat? = nil,
    @ViewBuilder content: () -> Content
  ) {}
}
public struct HStack<Content: View>: PrimitiveView {
  public nonisolated init(
    alignment: VerticalAlignment = .center, spacing: CGFloat? = nil,
    @ViewBuilder content: () -> Content
  ) {}
}
public struct ZStack<Content: View>: PrimitiveView {
  public nonisolated init(alignment: Alignment = .center, @ViewBuilder content: () -> Content) {}
}
public struct Group<Content> {}
extension Group: View where Content: View {
  public typealias Body = Never
  public var body: Never { fatalError("signature") }
  public nonisolated init(@ViewBuilder content: () -> Content) { fatalError("signature") }
}

public protocol Layout: Sendable {}
public struct HStackLayout: Layout {
  public init(alignment: VerticalAlignment = .center, spacing: CGFloat? = nil) {}
}
public struct VStackLayout: Layout {
  public init(alignment: HorizontalAlignment = .center, spacing: CGFloat? = nil) {}
}
public struct AnyLayout: Layout {
  public init<L: Layout>(_ layout: L) {}
  public func callAsFunction<V: View>(@ViewBuilder _ content: () -> V) -> some View { EmptyView() }
}

public struct List<Content: View>: PrimitiveView {
  public nonisolated init(@ViewBuilder content: () -> Content) {}
}
public struct Form<Content: View>: PrimitiveView {
  public nonisolated init(@ViewBuilder content: () -> Content) {}
}
public struct Section<Parent, Content, Footer> {}
extension Section: View where Parent: View, Content: View, Footer: View {
  public typealias Body = Never
  public var body: Never { fatalError("signature") }
}
extension Section where Parent == Text, Content: View, Footer == EmptyView {
  public nonisolated init(_ titleKey: LocalizedStringKey, @ViewBuilder content: () -> Content) {
    fatalError("signature")
  }
}
extension Section where Parent == EmptyView, Content: View, Footer: View {
  public nonisolated init(
    @ViewBuilder content: () -> Content, @ViewBuilder footer: () -> Footer
  ) { fatalError("signature") }
}
extension Section where Parent == EmptyView, Content: View, Footer == EmptyView {
  public nonisolated init(@ViewBuilder content: () -> Content) { fatalError("signature") }
}

public struct NavigationStack<Root: View>: PrimitiveView {
  public nonisolated init(@ViewBuilder root: () -> Root) {}
}

@MainActor @preconcurrency
public protocol TabContent {}
public struct Tab<Content: View>: TabContent {
  public nonisolated init(
    _ titleKey: LocalizedStringKey, systemImage: String, @ViewBuilder content: () -> Content
  ) {}
}
@resultBuilder
public struct TabContentBuilder {
  public static func buildBlock<each Content: TabContent>(
    _ content: repeat each Content
  ) -> TupleTabContent { TupleTabContent() }
}
public struct TupleTabContent: TabContent {
  fileprivate nonisolated init() {}
}
public struct TabView<Content>: PrimitiveView {
  public nonisolated init(@TabContentBuilder content: () -> Content) {}
}

public struct ForEach<Data: RandomAccessCollection, ID: Hashable, Content> {}
extension ForEach: View where Content: View {
  public typealias Body = Never
  public var body: Never { fatalError("signature") }
}
extension ForEach where ID == Data.Element.ID, Content: View, Data.Element: Identifiable {
  public nonisolated init(
    _ data: Data, @ViewBuilder content: @escaping (Data.Element) -> Content
  ) { fatalError("signature") }
}
extension ForEach where Content: View {
  public nonisolated init(
    _ data: Data, id: KeyPath<Data.Element, ID>,
    @ViewBuilder content: @escaping (Data.Element) -> Content
  ) { fatalError("signature") }
}

public struct ContentUnavailableView<Label: View, Description: View, Actions: View>: PrimitiveView {
  public nonisolated init(
    @ViewBuilder label: () -> Label,
    @ViewBuilder description: () -> Description = { EmptyView() },
    @ViewBuilder actions: () -> Actions = { EmptyView() }
  ) {}
}
extension ContentUnavailableView where Label == Text, Description == Text?, Actions == EmptyView {
  public nonisolated init(
    _ title: LocalizedStringKey, systemImage name: String, description: Text? = nil
  ) {}
}

public protocol TimelineSchedule {}
public struct AnimationTimelineSchedule: TimelineSchedule, Sendable {}
extension TimelineSchedule where Self == AnimationTimelineSchedule {
  public static func animation(
    minimumInterval: Double? = nil, paused: Bool = false
  ) -> AnimationTimelineSchedule { AnimationTimelineSchedule() }
}
public struct TimelineViewDefaultContext {
  public let date: Date
}
public struct TimelineView<Schedule: TimelineSchedule, Content> {
  public typealias Context = TimelineViewDefaultContext
}
extension TimelineView: View where Content: View {
  public typealias Body = Never
  public var body: Never { fatalError("signature") }
  public nonisolated init(
    _ schedule: Schedule, @ViewBuilder content: @escaping (Context) -> Content
  ) { fatalError("signature") }
}

public struct GeometryProxy {
  public var size: CGSize { fatalError("signature") }
}
public struct GeometryReader<Content: View>: PrimitiveView {
  public nonisolated init(@ViewBuilder content: @escaping (GeometryProxy) -> Content) {}
}
