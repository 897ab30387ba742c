import Foundation
import H3AEKit
import Testing

/// Files that the three languages share.
enum Repository {
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../..").standardizedFileURL
  static let golden = root.appendingPathComponent("tests/golden")
  static let tinyBundle = golden.appendingPathComponent("bundles/tiny.h3ae")
  static let tinyArchive = golden.appendingPathComponent("bundles/tiny.h3ae.zip")
}

/// One file of a shared corpus and what every reader must say to it.
struct CorpusCase: Decodable, Sendable, CustomTestStringConvertible {
  let file: String
  let reason: String
  /// nil: valid.
  let code: String?
  /// What the message must name.
  let field: String?

  var testDescription: String { file }

  static func all(_ corpus: String) -> [(URL, CorpusCase)] {
    let folder = Repository.golden.appendingPathComponent(corpus)
    // A corpus that cannot be read must fail the tests, which an empty one does.
    guard let data = try? Data(contentsOf: folder.appendingPathComponent("index.json")),
      let cases = try? JSONDecoder().decode([CorpusCase].self, from: data)
    else { return [] }
    return cases.map { (folder.appendingPathComponent($0.file), $0) }
  }
}

/// A folder of its own, removed when the test ends.
final class Scratch {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent("h3ae-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  /// Everything below it, by relative paths.
  func contents() throws -> Set<String> {
    Set(try FileManager.default.subpathsOfDirectory(atPath: url.path))
  }

  /// A copy of the shared bundle.
  func tinyBundle() throws -> URL {
    let copy = url.appendingPathComponent("tiny.h3ae")
    try FileManager.default.copyItem(at: Repository.tinyBundle, to: copy)
    return copy
  }
}

/// The error of a call that must fail; a recorded failure of the test where it does not.
@discardableResult
func failure<Result>(
  sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Result
) -> H3AEError? {
  do {
    _ = try body()
    Issue.record("no error", sourceLocation: sourceLocation)
  } catch let error as H3AEError {
    return error
  } catch {
    Issue.record("not a typed error: \(error)", sourceLocation: sourceLocation)
  }
  return nil
}

@discardableResult
func failure<Result>(
  sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> Result
) async -> H3AEError? {
  do {
    _ = try await body()
    Issue.record("no error", sourceLocation: sourceLocation)
  } catch let error as H3AEError {
    return error
  } catch {
    Issue.record("not a typed error: \(error)", sourceLocation: sourceLocation)
  }
  return nil
}

extension H3AEError {
  /// Whether it is one bounded line for a person.
  var isPresentable: Bool {
    !message.isEmpty && message.unicodeScalars.count <= 300
      && !message.unicodeScalars.contains { $0.properties.generalCategory == .control }
  }
}
