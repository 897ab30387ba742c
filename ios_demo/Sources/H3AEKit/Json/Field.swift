/// A value of a document, with the path that leads to it: `graphs.decoder_next.inputs[0].shape`.
///
/// Reads nothing but what the value is: no coercion, and every fault names the field.
struct Field {
  let value: JSONValue
  let path: String
  let kind: DocumentKind
  /// Whether the document is of a newer minor version, whose fields this reader does not know.
  let ignoresUnknown: Bool

  init(_ value: JSONValue, path: String, kind: DocumentKind, ignoresUnknown: Bool) {
    self.value = value
    self.path = path
    self.kind = kind
    self.ignoresUnknown = ignoresUnknown
  }

  func child(_ value: JSONValue, _ suffix: String) -> Field {
    Field(value, path: path + suffix, kind: kind, ignoresUnknown: ignoresUnknown)
  }

  func member(_ key: String, _ value: JSONValue) -> Field {
    child(value, path.isEmpty ? key : ".\(key)")
  }

  func fail(_ reason: String, _ code: H3AEError.Code? = nil) -> H3AEError {
    let place = path.isEmpty ? "" : "\(path): "
    return H3AEError(code ?? kind.schema, "\(kind.name): \(place)\(reason)")
  }

  private func expected(_ what: String) -> H3AEError {
    fail("must be \(what), is \(value.description)")
  }

  // MARK: Values

  func boolean() throws -> Bool {
    guard case .boolean(let flag) = value else { throw expected("true or false") }
    return flag
  }

  func integer(_ bounds: ClosedRange<Int>) throws -> Int {
    guard case .integer(let number) = value else { throw expected("an integer") }
    guard bounds.contains(number) else {
      throw fail("\(number) is not within \(bounds.lowerBound) to \(bounds.upperBound)")
    }
    return number
  }

  /// A number, integers included.
  func number(_ bounds: some RangeExpression<Double>) throws -> Double {
    let number: Double
    switch value {
    case .integer(let integer): number = Double(integer)
    case .number(let double): number = double
    default: throw expected("a number")
    }
    guard bounds.contains(number) else { throw fail("\(number) is out of bounds") }
    return number
  }

  func string(_ length: ClosedRange<Int> = 0...1000) throws -> String {
    guard case .string(let text) = value else { throw expected("a string") }
    guard length.contains(text.unicodeScalars.count) else {
      throw fail("must have \(length.lowerBound) to \(length.upperBound) characters")
    }
    return text
  }

  func string(_ spelling: Spelling) throws -> String {
    guard case .string(let text) = value else { throw expected("a string") }
    guard spelling.matches(text) else { throw fail("must be \(spelling.description)") }
    return text
  }

  /// A word of a closed vocabulary.
  func word<Word: RawRepresentable & CaseIterable>(_: Word.Type = Word.self) throws -> Word
  where Word.RawValue == String {
    guard case .string(let text) = value else { throw expected("a string") }
    guard let word = Word.allCases.first(where: { $0.rawValue.utf8.elementsEqual(text.utf8) })
    else {
      throw fail("must be one of \(Word.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return word
  }

  /// Nothing but this.
  func constant(_ wanted: JSONValue, _ shown: String) throws {
    guard value == wanted else { throw fail("must be \(shown)") }
  }

  // MARK: Collections

  func array<Item>(_ count: ClosedRange<Int>, of read: (Field) throws -> Item) throws -> [Item] {
    guard case .array(let items) = value else { throw expected("an array") }
    guard count.contains(items.count) else {
      throw fail("has \(items.count) items, not \(Self.counted(count))")
    }
    return try items.enumerated().map { try read(child($1, "[\($0)]")) }
  }

  /// An object whose keys are names and whose values are alike.
  func dictionary<Item>(
    _ count: ClosedRange<Int>, keys: Spelling, of read: (Field) throws -> Item
  ) throws -> [String: Item] {
    guard case .object(let members) = value else { throw expected("an object") }
    guard count.contains(members.count) else {
      throw fail("has \(members.count) entries, not \(Self.counted(count))")
    }
    var result: [String: Item] = [:]
    for one in members {
      guard keys.matches(one.key) else {
        throw fail("the key '\(one.key)' must be \(keys.description)")
      }
      result[one.key] = try read(member(one.key, one.value))
    }
    return result
  }

  /// An object of whatever; nothing of it is kept.
  func anyObject(_ count: ClosedRange<Int>) throws {
    guard case .object(let members) = value else { throw expected("an object") }
    guard count.contains(members.count) else {
      throw fail("has \(members.count) entries, not \(Self.counted(count))")
    }
  }

  /// An object of known fields.
  func record<Record>(_ read: (inout FieldReader) throws -> Record) throws -> Record {
    guard case .object(let members) = value else { throw expected("an object") }
    var reader = FieldReader(self, members)
    let record = try read(&reader)
    try reader.refuseUnknown()
    return record
  }

  private static func counted(_ count: ClosedRange<Int>) -> String {
    count.lowerBound == count.upperBound
      ? "\(count.lowerBound)" : "\(count.lowerBound) to \(count.upperBound)"
  }
}
