import Foundation
import Synchronization

@testable import H3AEKit

/// The shared archive from a network that is slow, breaks off, or lies.
final class FlakySource: ByteSource {
  struct Broken: Error {}

  private let data: Data
  private let pieces: Int
  private let sizeError: Int
  let failsAfter: Mutex<Int?>
  let version = Mutex("1")
  let pause = Mutex(Duration.zero)
  let given = Mutex(0)
  /// Where each reading began.
  let offsets = Mutex<[Int]>([])

  init(pieces: Int, failsAfter: Int?, sizeError: Int = 0) throws {
    data = try Data(contentsOf: Repository.tinyArchive)
    self.pieces = pieces
    self.sizeError = sizeError
    self.failsAfter = Mutex(failsAfter)
  }

  // One place for both versions, as a download's address: the second part is its tag.
  func identity() -> String { "archive \(version.withLock { $0 })" }
  func byteCount() -> Int { data.count + sizeError }

  func read(from offset: Int, _ receive: (Data) async throws -> Void) async throws {
    offsets.withLock { $0.append(offset) }
    var position = offset
    while position < data.count {
      if let limit = failsAfter.withLock({ $0 }), position >= limit { throw Broken() }
      let end = min(position + pieces, data.count)
      try await receive(data[position..<end])
      given.withLock { $0 = end }
      position = end
      let pause = pause.withLock { $0 }
      if pause > .zero { try await Task.sleep(for: pause) }
    }
  }
}
