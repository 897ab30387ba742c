import Foundation
import H3AEKit
import Synchronization

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// An archive on a web server that serves parts (`Accept-Ranges: bytes`).
///
///     let bundle = try await installer.install(from: HTTPByteSource(url))
///
/// The archive comes part by part, so memory does not grow with it, a cancelled installation stops
/// within one part, and a later one goes on from there. If the file changes on the server meanwhile,
/// the installation fails instead of joining two files.
public final class HTTPByteSource: ByteSource {
  private let url: URL
  private let session: URLSession
  private let partBytes: Int
  private let found = Mutex<Head?>(nil)

  /// What the server says of the file.
  private struct Head: Sendable {
    var bytes: Int
    /// `ETag`, or else the date of the last change.
    var version: String
  }

  /// - Parameter partBytes: Of one request.
  public init(_ url: URL, session: URLSession = .shared, partBytes: Int = 4 << 20) {
    self.url = url
    self.session = session
    self.partBytes = partBytes
  }

  public func identity() async throws -> String {
    "\(url.absoluteString) \(try await head().version)"
  }

  public func byteCount() async throws -> Int { try await head().bytes }

  public func read(from offset: Int, _ receive: (Data) async throws -> Void) async throws {
    let head = try await head()
    var position = offset
    while position < head.bytes {
      try Task.checkCancellation()
      let end = min(position + partBytes, head.bytes)
      let part = try await part(position..<end, of: head)
      try await receive(part)
      position = end
    }
  }

  private func head() async throws -> Head {
    if let known = found.withLock({ $0 }) { return known }
    var request = URLRequest(url: url)
    request.httpMethod = "HEAD"
    let (_, response) = try await answer(to: request)
    guard response.statusCode == 200, response.expectedContentLength > 0 else {
      throw refusal("it answers with status \(response.statusCode) and no size")
    }
    guard response.value(forHTTPHeaderField: "Accept-Ranges") == "bytes",
      let version = Self.version(of: response)
    else {
      throw refusal("it serves no parts of files, or does not tell their version")
    }
    let head = Head(bytes: Int(response.expectedContentLength), version: version)
    found.withLock { $0 = head }
    return head
  }

  private func part(_ range: Range<Int>, of head: Head) async throws -> Data {
    var request = URLRequest(url: url)
    request.setValue(
      "bytes=\(range.lowerBound)-\(range.upperBound - 1)", forHTTPHeaderField: "Range")
    let (data, response) = try await answer(to: request)
    guard Self.version(of: response) == head.version else {
      found.withLock { $0 = nil }
      throw refusal("the file has changed while it was loaded")
    }
    guard response.statusCode == 206, data.count == range.count else {
      throw refusal("it gave \(data.count) bytes with status \(response.statusCode)")
    }
    return data
  }

  private func answer(to request: URLRequest) async throws -> (Data, HTTPURLResponse) {
    let (data, response): (Data, URLResponse)
    do {
      (data, response) = try await session.data(for: request)
    } catch {
      // A cancelled request is no failure of the server.
      try Task.checkCancellation()
      throw refusal(error.localizedDescription)
    }
    guard let response = response as? HTTPURLResponse else {
      throw refusal("it is no web server")
    }
    return (data, response)
  }

  private static func version(of response: HTTPURLResponse) -> String? {
    response.value(forHTTPHeaderField: "ETag")
      ?? response.value(forHTTPHeaderField: "Last-Modified")
  }

  private func refusal(_ reason: String) -> H3AEError {
    H3AEError(
      .installSource, "\(url.host ?? "the server") does not give the archive: \(reason)",
      advice: "try again; what has arrived is kept")
  }
}
