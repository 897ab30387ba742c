/// A kind of versioned JSON document: what it is called in messages, and the codes of its faults.
struct DocumentKind: Sendable {
  let name: String
  let maxBytes: Int
  let major: Int
  let minor: Int
  let size: H3AEError.Code
  let encoding: H3AEError.Code
  let json: H3AEError.Code
  let version: H3AEError.Code
  let schema: H3AEError.Code
  /// What to do about a document that is older than this reader.
  let renew: String

  /// Reads the bytes as far as every version is alike, and returns the document's top level.
  func read(_ data: some Collection<UInt8>) throws -> Field {
    guard data.count <= maxBytes else {
      throw H3AEError(size, "the \(name) has \(data.count) bytes, over \(maxBytes)")
    }
    let document: JSONValue
    do {
      document = try StrictJSON.parse(data)
    } catch .encoding {
      throw H3AEError(encoding, "the \(name) is not UTF-8")
    } catch .json(let reason) {
      throw H3AEError(json, "the \(name) is not valid JSON: \(reason)")
    }
    let isNewer = try checkVersion(document)
    return Field(document, path: "", kind: self, ignoresUnknown: isNewer)
  }

  /// Refuses other major versions; tells whether the minor one is newer than this reader.
  private func checkVersion(_ document: JSONValue) throws -> Bool {
    guard case .string(let text)? = document["schema_version"] else {
      throw H3AEError(version, "the \(name) states no schema_version")
    }
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy(isVersionNumber), let stated = Int(parts[0]),
      let statedMinor = Int(parts[1])
    else {
      throw H3AEError(version, "schema_version '\(text)' is not major.minor")
    }
    guard stated == major else {
      throw H3AEError(
        version, "the \(name) has format version \(text), this reader knows \(major).x",
        advice: stated > major ? "update the app" : renew)
    }
    return statedMinor > minor
  }

  private func isVersionNumber(_ text: Substring) -> Bool {
    Spelling.versionNumber.matches(text) && (text == "0" || !text.hasPrefix("0"))
  }
}
