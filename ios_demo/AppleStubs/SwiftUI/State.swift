// Follows https://developer.apple.com/documentation/swiftui/state, .../binding, .../bindable
// and .../environment

@propertyWrapper
public struct State<Value> {
  public init(wrappedValue value: Value) { fatalError("signature") }
  public init(initialValue value: Value) { fatalError("signature") }
  public var wrappedValue: Value {
    get { fatalError("signature") }
    nonmutating set {}
  }
  public var projectedValue: Binding<Value> { fatalError("signature") }
}
extension State: Sendable where Value: Sendable {}
extension State where Value: ExpressibleByNilLiteral {
  public init() { fatalError("signature") }
}

@propertyWrapper
@dynamicMemberLookup
public struct Binding<Value> {
  public init(
    get: @escaping @isolated(any) @Sendable () -> Value,
    set: @escaping @isolated(any) @Sendable (Value) -> Void
  ) { fatalError("signature") }
  public var wrappedValue: Value {
    get { fatalError("signature") }
    nonmutating set {}
  }
  public var projectedValue: Binding<Value> { self }
  public subscript<Subject>(
    dynamicMember keyPath: WritableKeyPath<Value, Subject>
  ) -> Binding<Subject> { fatalError("signature") }
}
extension Binding: @unchecked Sendable where Value: Sendable {}

@propertyWrapper
@dynamicMemberLookup
public struct Bindable<Value> {
  // Only for observable classes, in Apple's interface.
  public init(wrappedValue: Value) { fatalError("signature") }
  public var wrappedValue: Value
  public var projectedValue: Bindable<Value> { self }
}
extension Bindable where Value: AnyObject {
  public subscript<Subject>(
    dynamicMember keyPath: ReferenceWritableKeyPath<Value, Subject>
  ) -> Binding<Subject> { fatalError("signature") }
}
extension Bindable: Sendable where Value: Sendable {}

public struct EnvironmentValues {
  public var verticalSizeClass: UserInterfaceSizeClass? { fatalError("signature") }
  public var scenePhase: ScenePhase { fatalError("signature") }
}

public enum ScenePhase: Sendable {
  case background
  case inactive
  case active
}

public enum UserInterfaceSizeClass: Sendable {
  case compact
  case regular
}

@propertyWrapper
public struct Environment<Value> {
  public init(_ keyPath: KeyPath<EnvironmentValues, Value>) { fatalError("signature") }
  public var wrappedValue: Value { fatalError("signature") }
}
