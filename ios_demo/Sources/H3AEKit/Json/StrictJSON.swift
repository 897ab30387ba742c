/// JSON as the project's documents allow it.
///
/// Foundation's parsers take what the three languages read differently: duplicate keys, `1e999`,
/// `1.0` for an integer, `true` for a 1. None of that is left to a parser, hence this one. It also
/// refuses byte order marks, halves of surrogate pairs, integers beyond 64 bits, nesting beyond 32
/// and a top level that is not an object (`docs/bundle.md`, "What a reader checks").
struct StrictJSON {
  static let maxDepth = 32

  enum Fault: Error, Equatable {
    case encoding
    case json(String)
  }

  private let bytes: UnsafeBufferPointer<UInt8>
  private var position = 0
  private var depth = 0

  /// Parses a UTF-8 document.
  static func parse(_ bytes: some Collection<UInt8>) throws(Fault) -> JSONValue {
    // One check for the whole text; slices of it need none.
    guard String(validating: bytes, as: UTF8.self) != nil else { throw .encoding }
    let copy = ContiguousArray(bytes)
    let result = copy.withUnsafeBufferPointer { buffer -> Result<JSONValue, Fault> in
      var parser = StrictJSON(bytes: buffer)
      return Result { () throws(Fault) in try parser.document() }
    }
    return try result.get()
  }

  private init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  private mutating func document() throws(Fault) -> JSONValue {
    skipBlanks()
    let value = try parseValue()
    skipBlanks()
    guard position == bytes.count else { throw malformed("something follows the document") }
    guard case .object = value else { throw malformed("the top level is not an object") }
    return value
  }

  private mutating func parseValue() throws(Fault) -> JSONValue {
    guard let byte = peek else { throw malformed("it ends in the middle") }
    switch byte {
    case UInt8(ascii: "{"): return try nested { parser throws(Fault) in try parser.object() }
    case UInt8(ascii: "["): return try nested { parser throws(Fault) in try parser.array() }
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try literal("true", .boolean(true))
    case UInt8(ascii: "f"): return try literal("false", .boolean(false))
    case UInt8(ascii: "n"): return try literal("null", .null)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
    default: throw malformed("'\(word)' is no value")
    }
  }

  private mutating func nested(
    _ parse: (inout StrictJSON) throws(Fault) -> JSONValue
  ) throws(Fault) -> JSONValue {
    depth += 1
    guard depth <= Self.maxDepth else { throw malformed("nested deeper than \(Self.maxDepth)") }
    position += 1
    let value = try parse(&self)
    depth -= 1
    return value
  }

  private mutating func object() throws(Fault) -> JSONValue {
    var members: [JSONValue.Member] = []
    // By their bytes: to Swift's strings, two spellings of an accent are one key.
    var seen: Set<[UInt8]> = []
    skipBlanks()
    if take("}") { return .object(members) }
    repeat {
      skipBlanks()
      guard peek == UInt8(ascii: "\"") else { throw malformed("a key was expected") }
      let key = try string()
      guard seen.insert(Array(key.utf8)).inserted else {
        throw malformed("the key '\(key)' appears twice")
      }
      skipBlanks()
      guard take(":") else { throw malformed("a colon was expected") }
      skipBlanks()
      members.append(.init(key: key, value: try parseValue()))
      skipBlanks()
    } while take(",")
    guard take("}") else { throw malformed("an object does not end") }
    return .object(members)
  }

  private mutating func array() throws(Fault) -> JSONValue {
    var items: [JSONValue] = []
    skipBlanks()
    if take("]") { return .array(items) }
    repeat {
      skipBlanks()
      items.append(try parseValue())
      skipBlanks()
    } while take(",")
    guard take("]") else { throw malformed("an array does not end") }
    return .array(items)
  }

  private mutating func literal(_ word: StaticString, _ value: JSONValue) throws(Fault) -> JSONValue
  {
    let matches = word.withUTF8Buffer { bytes[position...].starts(with: $0) }
    guard matches else { throw malformed("an unknown word") }
    position += word.utf8CodeUnitCount
    return value
  }

  private mutating func number() throws(Fault) -> JSONValue {
    let start = position
    var isInteger = true
    _ = take("-")
    if take("0") {
      // No digit may follow; what does follow is then no part of the document.
    } else if skipDigits() == 0 {
      throw malformed("a number has no digits")
    }
    if take(".") {
      isInteger = false
      guard skipDigits() > 0 else { throw malformed("a number ends in its point") }
    }
    if take("e") || take("E") {
      isInteger = false
      if !take("+") { _ = take("-") }
      guard skipDigits() > 0 else { throw malformed("a number has an empty exponent") }
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if isInteger {
      guard let value = Int(text) else {
        throw malformed("the number \(text.prefix(20))... does not fit 64 bits")
      }
      return .integer(value)
    }
    guard let value = Double(text), value.isFinite else {
      throw malformed("the number \(text.prefix(20)) is not finite")
    }
    return .number(value)
  }

  private mutating func string() throws(Fault) -> String {
    position += 1
    var text: [UInt8] = []
    while let byte = peek {
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
      case UInt8(ascii: "\\"): text.append(contentsOf: try escape())
      case 0..<0x20: throw malformed("a raw control character in a string")
      default: text.append(byte)
      }
    }
    throw malformed("a string does not end")
  }

  private mutating func escape() throws(Fault) -> [UInt8] {
    guard let byte = peek else { throw malformed("a string does not end") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
    case UInt8(ascii: "b"): return [0x08]
    case UInt8(ascii: "f"): return [0x0C]
    case UInt8(ascii: "n"): return [0x0A]
    case UInt8(ascii: "r"): return [0x0D]
    case UInt8(ascii: "t"): return [0x09]
    case UInt8(ascii: "u"): return try unicodeEscape()
    default: throw malformed("an unknown escape")
    }
  }

  private mutating func unicodeEscape() throws(Fault) -> [UInt8] {
    let high = try hexadecimal()
    var units = [high]
    if UTF16.isLeadSurrogate(high), take("\\"), take("u") { units.append(try hexadecimal()) }
    guard let text = String(validating: units, as: UTF16.self) else {
      throw malformed("half a character in a string")
    }
    return Array(text.utf8)
  }

  private mutating func hexadecimal() throws(Fault) -> UInt16 {
    var value: UInt16 = 0
    for _ in 0..<4 {
      guard let byte = peek, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw malformed("an escape is not four hexadecimal digits")
      }
      position += 1
      value = value << 4 | UInt16(digit)
    }
    return value
  }

  /// What stands here, for a message.
  private var word: String {
    let letters = bytes[position...].prefix(20).prefix { ASCIISet.alphanumerics.contains($0) }
    return String(decoding: letters.isEmpty ? bytes[position...].prefix(1) : letters, as: UTF8.self)
  }

  private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard peek == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func skipBlanks() {
    while let byte = peek, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { position += 1 }
  }

  private mutating func skipDigits() -> Int {
    let start = position
    while let byte = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
    return position - start
  }

  private func malformed(_ reason: String) -> Fault {
    let line = 1 + bytes[..<position].count { $0 == 0x0A }
    return .json("\(reason) (line \(line))")
  }
}
