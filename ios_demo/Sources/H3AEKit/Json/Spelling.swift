/// How a word of a document may be spelt: ASCII, from one set of characters for the first and one
/// for the rest. Compared byte by byte, since to Swift's strings the Kelvin sign is a K.
struct Spelling: Sendable {
  let first: ASCIISet
  let rest: ASCIISet
  let length: ClosedRange<Int>
  /// Completes "must be ...".
  let description: String

  func matches(_ text: some StringProtocol) -> Bool {
    let bytes = text.utf8
    guard length.contains(bytes.count), let head = bytes.first else { return false }
    return first.contains(head) && bytes.dropFirst().allSatisfy(rest.contains)
  }

  /// What a graph, a tensor or a function may be called in every runtime.
  static let symbol = Spelling(
    first: .letters.union("_"), rest: .alphanumerics.union("_"), length: 1...64,
    description: "a name of letters, digits and underscores")
  /// A word of an open vocabulary.
  static let identifier = Spelling(
    first: .alphanumerics.union("_"), rest: .alphanumerics.union("_.+-"), length: 1...64,
    description: "a word of letters, digits, dots, dashes and underscores")
  static let name = Spelling(
    first: .alphanumerics, rest: .alphanumerics.union("._-"), length: 1...64,
    description: "a name of letters, digits, dots, dashes and underscores")
  static let sha256 = Spelling(
    first: .lowercaseHexadecimal, rest: .lowercaseHexadecimal, length: 64...64,
    description: "64 hexadecimal digits in lower case")
  static let layout = Spelling(
    first: .uppercase, rest: .uppercase, length: 1...5, description: "one to five capital letters")
  /// One segment of a path. It starts with neither a dot nor a dash: that excludes "..", hidden
  /// files and options; the characters exclude backslashes, drive letters and NUL.
  static let pathSegment = Spelling(
    first: .alphanumerics.union("_"), rest: .alphanumerics.union("._-"), length: 1...255,
    description: "a portable file name")
  /// A number without leading zeros, of a version.
  static let versionNumber = Spelling(
    first: .digits, rest: .digits, length: 1...4, description: "a number of up to four digits")
}

/// Some of the ASCII characters.
struct ASCIISet: Sendable {
  private var low: UInt64 = 0
  private var high: UInt64 = 0

  init(_ characters: some Sequence<UInt8>) {
    for byte in characters {
      if byte < 64 { low |= 1 << UInt64(byte) } else { high |= 1 << UInt64(byte - 64) }
    }
  }

  func contains(_ byte: UInt8) -> Bool {
    switch byte {
    case 0..<64: low >> UInt64(byte) & 1 == 1
    case 64..<128: high >> UInt64(byte - 64) & 1 == 1
    default: false
    }
  }

  func union(_ characters: StaticString) -> ASCIISet {
    union(characters.withUTF8Buffer { ASCIISet($0) })
  }

  func union(_ other: ASCIISet) -> ASCIISet {
    var result = self
    result.low |= other.low
    result.high |= other.high
    return result
  }

  static let digits = ASCIISet(UInt8(ascii: "0")...UInt8(ascii: "9"))
  static let uppercase = ASCIISet(UInt8(ascii: "A")...UInt8(ascii: "Z"))
  static let letters = uppercase.union(ASCIISet(UInt8(ascii: "a")...UInt8(ascii: "z")))
  static let alphanumerics = letters.union(digits)
  static let lowercaseHexadecimal = digits.union("abcdef")
}

/// A relative POSIX path of portable names that stays where it is.
func isSafePath(_ path: some StringProtocol) -> Bool {
  path.utf8.count <= 255
    && path.split(separator: "/", omittingEmptySubsequences: false)
      .allSatisfy(Spelling.pathSegment.matches)
}
