/// Takes the fields of an object one by one, and knows afterwards which nobody asked for.
struct FieldReader {
  private let owner: Field
  private var rest: [String: JSONValue]

  init(_ owner: Field, _ members: [JSONValue.Member]) {
    self.owner = owner
    rest = Dictionary(members.map { ($0.key, $0.value) }) { first, _ in first }
  }

  /// A field that must be there.
  mutating func required(_ name: String) throws -> Field {
    guard let value = rest.removeValue(forKey: name) else {
      throw owner.member(name, .null).fail("is missing")
    }
    return owner.member(name, value)
  }

  /// A field that may be absent, but if it is there, is no null.
  mutating func ifPresent(_ name: String) -> Field? {
    rest.removeValue(forKey: name).map { owner.member(name, $0) }
  }

  /// A field that may be absent or null.
  mutating func optional(_ name: String) -> Field? {
    guard let field = ifPresent(name), field.value != .null else { return nil }
    return field
  }

  /// A field that must be there, and may be null.
  mutating func nullable(_ name: String) throws -> Field? {
    let field = try required(name)
    return field.value == .null ? nil : field
  }

  /// The object's own fault.
  func fail(_ reason: String, _ code: H3AEError.Code) -> H3AEError { owner.fail(reason, code) }

  func refuseUnknown() throws {
    guard !owner.ignoresUnknown, let name = rest.keys.min() else { return }
    throw owner.member(name, .null).fail(
      "is no field of format version \(owner.kind.major).\(owner.kind.minor)")
  }
}
