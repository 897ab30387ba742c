import Foundation
import H3AEDevice
import H3AEKit
import Synchronization
import XCTest

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// A web server inside the process: it answers what the session would have sent.
///
/// `@unchecked Sendable`: it has no state of its own, and what it serves is behind a lock.
final class Server: URLProtocol, @unchecked Sendable {
  struct File: Sendable {
    var content = Data()
    var etag: String? = "\"1\""
    var servesParts = true
    var status = 206
    /// Requests for parts so far.
    var ranges: [String] = []
    /// Changes the file after so many parts.
    var changesAfter = Int.max
  }
  static let file = Mutex(File())

  static var session: URLSession {
    let configuration = URLSessionConfiguration.ephemeral
    configuration.protocolClasses = [Server.self]
    return URLSession(configuration: configuration)
  }

  override class func canInit(with request: URLRequest) -> Bool { true }
  override class func canonicalRequest(for request: URLRequest) -> URLRequest { request }
  override func stopLoading() {}

  override func startLoading() {
    let range = request.value(forHTTPHeaderField: "Range")
    let file = Self.file.withLock { file in
      if let range { file.ranges.append(range) }
      if file.ranges.count > file.changesAfter { file.etag = "\"2\"" }
      return file
    }
    var headers = ["Content-Length": "\(file.content.count)"]
    headers["ETag"] = file.etag
    if file.servesParts { headers["Accept-Ranges"] = "bytes" }
    var body = Data()
    if let range {
      let ends = range.dropFirst("bytes=".count).split(separator: "-").compactMap { Int($0) }
      body = file.content[ends[0]...ends[1]]
      headers["Content-Length"] = "\(body.count)"
    }
    let response = HTTPURLResponse(
      url: request.url!, statusCode: range == nil ? 200 : file.status, httpVersion: "HTTP/1.1",
      headerFields: headers)!
    client?.urlProtocol(self, didReceive: response, cacheStoragePolicy: .notAllowed)
    if !body.isEmpty { client?.urlProtocol(self, didLoad: body) }
    client?.urlProtocolDidFinishLoading(self)
  }
}

final class HTTPByteSourceTests: XCTestCase {
  private let url = URL(string: "https://models.example/demo.h3ae.zip")!
  private let content = Data((0..<1000).map { UInt8($0 % 251) })

  override func setUp() { serve() }

  private func serve() {
    let content = content
    Server.file.withLock { $0 = Server.File(content: content) }
  }

  private func source() -> HTTPByteSource {
    HTTPByteSource(url, session: Server.session, partBytes: 300)
  }

  private func read(_ source: HTTPByteSource, from offset: Int) async throws -> Data {
    let read = Mutex(Data())
    try await source.read(from: offset) { part in read.withLock { $0 += part } }
    return read.withLock { $0 }
  }

  func testComesInPartsFromAnyPlace() async throws {
    let source = source()
    let count = try await source.byteCount()
    XCTAssertEqual(count, 1000)
    let whole = try await read(source, from: 0)
    XCTAssertEqual(whole, content)
    let rest = try await read(source, from: 650)
    XCTAssertEqual(rest, content[650...])
    XCTAssertEqual(
      Server.file.withLock { $0.ranges },
      [
        "bytes=0-299", "bytes=300-599", "bytes=600-899", "bytes=900-999", "bytes=650-949",
        "bytes=950-999",
      ])
  }

  func testIdentityIsThatOfTheContent() async throws {
    let one = try await source().identity()
    let same = try await source().identity()
    XCTAssertEqual(one, same)
    Server.file.withLock { $0.etag = "\"2\"" }
    let other = try await source().identity()
    XCTAssertNotEqual(one, other)
  }

  func testAFileThatChangesIsNotJoined() async throws {
    Server.file.withLock { $0.changesAfter = 2 }
    await refused("changed") { try await self.read(self.source(), from: 0) }
  }

  func testServersThatCannotAreRefused() async throws {
    Server.file.withLock { $0.servesParts = false }
    await refused("no parts") { try await self.source().byteCount() }
    serve()
    Server.file.withLock { $0.etag = nil }
    await refused("version") { try await self.source().byteCount() }
    serve()
    Server.file.withLock { $0.status = 503 }
    await refused("503") { try await self.read(self.source(), from: 0) }
  }

  private func refused<Result>(
    _ reason: String, _ work: () async throws -> Result, line: UInt = #line
  ) async {
    do {
      _ = try await work()
      XCTFail("it was taken", line: line)
    } catch {
      let error = error as? H3AEError
      XCTAssertEqual(error?.code, .installSource, line: line)
      XCTAssertTrue(
        error?.message.contains(reason) == true, "\(String(describing: error))", line: line)
    }
  }
}
