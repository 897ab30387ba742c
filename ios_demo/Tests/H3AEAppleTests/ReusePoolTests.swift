import XCTest

@testable import H3AECoreML

final class ReusePoolTests: XCTestCase {
  private final class Memory {}

  func testHeldMemoryIsNotGivenAway() throws {
    var pool = ReusePool<Memory>()
    XCTAssertNil(pool.take("caches"))
    var held: Memory? = Memory()
    let identity = ObjectIdentifier(try XCTUnwrap(held))
    pool.put(try XCTUnwrap(held), for: "caches")
    XCTAssertNil(pool.take("caches"), "somebody still shows it")
    XCTAssertNil(pool.take("features"))
    held = nil
    let taken = try XCTUnwrap(pool.take("caches"))
    XCTAssertEqual(ObjectIdentifier(taken), identity)
    XCTAssertNil(pool.take("caches"), "it was given away twice")
  }

  /// What a stream does: the caches of a step are held until the next one has given its own.
  func testTwoSetsChangePlaces() {
    var pool = ReusePool<Memory>()
    var made = 0
    var identities: [ObjectIdentifier] = []
    var shown: Memory?
    for _ in 0..<10 {
      let memory = pool.take("caches") ?? make(&made)
      identities.append(ObjectIdentifier(memory))
      pool.put(memory, for: "caches")
      // From here on the tensors of this step show it, and those of the last one are gone.
      shown = memory
    }
    XCTAssertEqual(made, 2)
    XCTAssertEqual(identities[0], identities[8])
    XCTAssertEqual(identities[1], identities[9])
    XCTAssertNotEqual(identities[8], identities[9])
    _ = shown
  }

  func testAPoolDoesNotGrowWithItsHolders() {
    var pool = ReusePool<Memory>(keeping: 2)
    weak var first: Memory?
    autoreleased {
      var holders = (0..<5).map { _ in Memory() }
      first = holders[0]
      for memory in holders { pool.put(memory, for: "frames") }
      holders = []
    }
    XCTAssertNil(first, "the pool has kept more than it should")
    XCTAssertNotNil(pool.take("frames"))
    XCTAssertNotNil(pool.take("frames"))
    XCTAssertNil(pool.take("frames"))
  }

  private func make(_ made: inout Int) -> Memory {
    made += 1
    return Memory()
  }

  private func autoreleased(_ body: () -> Void) { body() }
}
