import Testing

@testable import H3AEKit

@Suite struct StrictJSONTests {
  @Test func valuesKeepTheirTypes() throws {
    let text = #"{"a": 1, "b": 1.0, "c": -0.5e1, "d": [true, null], "e": "\u00e9\ud83d\ude00\n"}"#
    let value = try StrictJSON.parse(text.utf8)
    #expect(value["a"] == .integer(1))
    #expect(value["b"] == .number(1))
    #expect(value["c"] == .number(-5))
    #expect(value["d"] == .array([.boolean(true), .null]))
    #expect(value["e"] == .string("é😀\n"))
  }

  @Test(
    arguments: [
      "", " ", "[]", "1", "{", "{}}", "{\"a\":1,}", "{\"a\" 1}", "{a:1}", "{\"a\":01}",
      "{\"a\":+1}", "{\"a\":.5}", "{\"a\":1.}", "{\"a\":1e}", "{\"a\":NaN}", "{\"a\":-Infinity}",
      "{\"a\":1e999}", "{\"a\":9223372036854775808}", "{\"a\":\"\t\"}", "{\"a\":\"\\x\"}",
      "{\"a\":\"\\ud800\"}", "{\"a\":\"\\udc00\"}", "{\"a\":\"\\u12\"}", "{\"a\":tru}",
      "{\"a\":1,\"a\":1}", "{\"a\":1,\"\\u0061\":1}", "{'a':1}", "\u{FEFF}{}", "{}//",
    ])
  func whatIsNoStrictJSONIsRefused(_ text: String) {
    #expect(throws: StrictJSON.Fault.self) { try StrictJSON.parse(text.utf8) }
  }

  /// Two spellings of one accent are two keys, as in the other languages.
  @Test func keysAreComparedByTheirBytes() throws {
    #expect(throws: Never.self) { try StrictJSON.parse(#"{"\u00e9": 1, "e\u0301": 2}"#.utf8) }
  }

  @Test func nestingIsBounded() throws {
    func nested(_ depth: Int) -> String {
      "{\"a\":" + String(repeating: "[", count: depth - 1)
        + String(repeating: "]", count: depth - 1) + "}"
    }
    #expect(throws: Never.self) { try StrictJSON.parse(nested(32).utf8) }
    #expect(throws: StrictJSON.Fault.self) { try StrictJSON.parse(nested(33).utf8) }
    #expect(throws: StrictJSON.Fault.self) {
      try StrictJSON.parse(String(repeating: "[", count: 100_000).utf8)
    }
  }

  @Test func bytesThatAreNoTextAreTold() {
    #expect(throws: StrictJSON.Fault.encoding) { try StrictJSON.parse([0x7B, 0xFF, 0x7D]) }
  }

  @Test(arguments: ["a/b", "artifacts/decoder.pte", "A_1/x-y.z"])
  func plainPathsAreSafe(_ path: String) { #expect(isSafePath(path)) }

  @Test(
    arguments: [
      "", "/a", "a/", "a//b", "..", "a/../b", ".a", "a/.b", "-a", "a\\b", "c:a", "a b", "é", "a\0",
      "\u{212A}", "a\nb", String(repeating: "a", count: 256),
    ])
  func otherPathsAreNot(_ path: String) { #expect(!isSafePath(path)) }
}
