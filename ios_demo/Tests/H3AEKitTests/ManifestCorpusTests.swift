import Foundation
import Testing

@testable import H3AEKit

/// The corpus of manifests that Python, Swift and Kotlin judge alike.
@Suite struct ManifestCorpusTests {
  static let corpus = CorpusCase.all("manifests")

  @Test func theCorpusIsThere() { #expect(Self.corpus.count > 150) }

  @Test(arguments: corpus)
  func itIsJudgedAsItsIndexSays(_ url: URL, _ one: CorpusCase) throws {
    let data = try Data(contentsOf: url)
    guard let code = one.code else {
      #expect(throws: Never.self) { try Manifest(parsing: data) }
      return
    }
    let error = failure { try Manifest(parsing: data) }
    #expect(error?.code.rawValue == code, "\(error?.message ?? "")")
    if let field = one.field {
      #expect(error?.message.contains(field) == true, "\(error?.message ?? "")")
    }
    #expect(error?.isPresentable == true)
  }

  @Test func everyFieldArrives() throws {
    let url = Repository.golden.appendingPathComponent("manifests/valid/full.json")
    let manifest = try Manifest(parsing: Data(contentsOf: url))
    #expect(manifest.schedule.clip?.temporal == "decoder_temporal")
    #expect(manifest.schedule.stream?.framesNext == manifest.model.compression.time)
    #expect(manifest.schedule.i2v?.conditions.isEmpty == false)
    #expect(manifest.graphs["decoder_next"]?.caches.isEmpty == false)
    #expect(manifest.artifacts.contains { !$0.states.isEmpty })
    #expect(manifest.golden?.tolerance["fp32"] != nil)
    #expect(manifest.memory?.peak ?? 0 > 0)
  }

  @Test func aFurtherSizeIsAManifestOfItsOwn() throws {
    let url = Repository.golden.appendingPathComponent("manifests/valid/full.json")
    let manifest = try Manifest(parsing: Data(contentsOf: url))
    #expect(try manifest.at(height: 64, width: 64) == manifest)
    let wide = try manifest.at(height: 64, width: 96)
    #expect(wide.latentShape(3) == [3, 4, 2, 3])
    #expect(wide.schedule.graphs == ["decoder_temporal_64x96", "decoder_frame_64x96"])
    #expect(wide.memory?.peak == 16_000)
    #expect(wide.golden?.latents.file == "golden/latents-64x96.safetensors")
    #expect(manifest.goldenFiles.count == 7)
    let error = failure { try manifest.at(height: 96, width: 64) }
    #expect(error?.code == .artifactUnknown)
    #expect(error?.advice == "there is: 64x64, 64x96")
  }

  @Test func aManifestOfMegabytesIsRefusedUnread() {
    let data = Data(repeating: UInt8(ascii: " "), count: Manifest.document.maxBytes + 1)
    #expect(failure { try Manifest(parsing: data) }?.code == .manifestSize)
  }

  /// Whatever happens to the bytes, a manifest is read or refused in one line.
  @Test func damagedBytesAreReadOrRefused() throws {
    let url = Repository.golden.appendingPathComponent("manifests/valid/full.json")
    let original = [UInt8](try Data(contentsOf: url))
    var random = SplitMix64(seed: 1)
    for _ in 0..<1500 {
      var bytes = original
      for _ in 0...random.below(4) {
        let place = random.below(bytes.count)
        switch random.below(4) {
        case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
        case 1: bytes.remove(at: place)
        case 2: bytes.insert(contentsOf: Self.tokens[random.below(Self.tokens.count)], at: place)
        default: bytes.removeSubrange(place..<min(bytes.count, place + random.below(40)))
        }
      }
      do {
        _ = try Manifest(parsing: bytes)
      } catch let error as H3AEError {
        #expect(error.isPresentable)
      } catch {
        Issue.record("not a typed error: \(error)")
      }
    }
  }

  private static let tokens = ["null", "[", "{", "-1", "9e9", "65537", "\"\"", "\\u0000", ",", "é"]
    .map { Array($0.utf8) }
}
