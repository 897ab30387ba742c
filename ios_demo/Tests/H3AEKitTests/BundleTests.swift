import Foundation
import Testing

@testable import H3AEKit

/// The shared bundle, and damage done to copies of it.
@Suite struct BundleTests {
  struct Mutation: Decodable, Sendable, CustomTestStringConvertible {
    let name: String
    let op: String
    let file: String
    let code: String
    var testDescription: String { name }
  }

  static let mutations: [Mutation] = {
    let url = Repository.golden.appendingPathComponent("bundles/mutations.json")
    return (try? JSONDecoder().decode([Mutation].self, from: Data(contentsOf: url))) ?? []
  }()

  @Test func aWholeBundleIsTrusted() throws {
    let bundle = try ModelBundle.open(at: Repository.tinyBundle)
    let manifest = Repository.tinyBundle.appendingPathComponent("manifest.json")
    #expect(try bundle.sha256() == Integrity.sha256(ofFile: manifest))
    let golden = try bundle.golden()
    #expect(golden.frames.shape == bundle.manifest.frameShape(golden.frameIndices.count))
    #expect(golden.latents.type == .float32)
  }

  @Test func theMutationsAreThere() { #expect(Self.mutations.count > 15) }

  @Test(arguments: mutations)
  func damageIsFound(_ mutation: Mutation) throws {
    let scratch = try Scratch()
    let bundle = try scratch.tinyBundle()
    try Self.apply(mutation, to: bundle.appendingPathComponent(mutation.file), scratch)
    let error = failure { try ModelBundle.open(at: bundle) }
    #expect(error?.code.rawValue == mutation.code, "\(error?.message ?? "")")
    #expect(error?.isPresentable == true)
  }

  @Test func sizesAreCheckedWithoutReading() throws {
    let scratch = try Scratch()
    let bundle = try scratch.tinyBundle()
    let flip = try #require(Self.mutations.first { $0.name == "program-changed" })
    try Self.apply(flip, to: bundle.appendingPathComponent(flip.file), scratch)
    #expect(throws: Never.self) { try ModelBundle.open(at: bundle, verification: .sizes) }
    #expect(failure { try ModelBundle.open(at: bundle) }?.code == .artifactHash)
  }

  @Test func whatIsNoBundleIsTold() throws {
    let nowhere = Repository.golden.appendingPathComponent("nowhere.h3ae")
    #expect(failure { try ModelBundle.open(at: nowhere) }?.code == .bundleMissing)
    let error = failure { try ModelBundle.open(at: Repository.tinyArchive) }
    #expect(error?.code == .bundleNotADirectory)
    #expect(error?.advice == "install the archive first")
  }

  @Test func theHashOfNothingAndOfManyBlocks() {
    func hash(_ bytes: [UInt8], pieces: Int) -> String {
      var hasher = SHA256Hasher()
      for start in stride(from: 0, to: bytes.count, by: pieces) {
        bytes[start..<min(start + pieces, bytes.count)].withUnsafeBytes { hasher.update($0) }
      }
      return hasher.hexadecimal()
    }
    // FIPS 180-4's examples, and one of a million letters.
    #expect(
      hash([], pieces: 1) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    let abc = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"
    for pieces in [1, 3, 55, 56, 64] {
      #expect(
        hash(Array(abc.utf8), pieces: pieces)
          == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")
    }
    let million = [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000)
    #expect(
      hash(million, pieces: 4097)
        == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
  }

  private static func apply(_ mutation: Mutation, to url: URL, _ scratch: Scratch) throws {
    let files = FileManager.default
    switch mutation.op {
    case "delete": try files.removeItem(at: url)
    case "truncate":
      let data = try Data(contentsOf: url)
      try data.prefix(data.count / 2).write(to: url)
    case "append": try (Data(contentsOf: url) + [0]).write(to: url)
    case "flip":
      var data = try Data(contentsOf: url)
      data[data.count - 1] ^= 0xFF
      try data.write(to: url)
    case "add": try Data([0]).write(to: url)
    case "link":
      let away = scratch.url.appendingPathComponent("away")
      try files.moveItem(at: url, to: away)
      try files.createSymbolicLink(at: url, withDestinationURL: away)
    default: Issue.record("the operation \(mutation.op) is unknown")
    }
  }
}
