import Foundation

/// Scalars of the report.
extension Field {
  /// A clock that stood still or ran backwards is a broken measurement, not a fast one.
  func latency() throws -> Double { try number(Double.leastNonzeroMagnitude...1e6) }
  func moment() throws -> Double { try number(0...1e7) }
  func rate() throws -> Double { try number(Double.leastNonzeroMagnitude...1e6) }
  func memoryBytes() throws -> Int { try integer(0...(1 << 50)) }
  func count() throws -> Int { try integer(1...1_000_000) }

  func versions() throws -> [String: String] {
    try dictionary(1...64, keys: .identifier) { try $0.label() }
  }

  /// UTC to the second, of a day that exists.
  func timestamp() throws -> String {
    let text = try string()
    let parts = text.split(separator: /[-T:Z]/, omittingEmptySubsequences: false)
    guard text.wholeMatch(of: /[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z/) != nil,
      text.utf8.count == 20
    else { throw fail("must be UTC, as 2026-11-20T19:47:23Z") }
    var day = DateComponents()
    day.calendar = Calendar(identifier: .gregorian)
    day.timeZone = .gmt
    let numbers = parts.compactMap { Int($0) }
    (day.year, day.month, day.day) = (numbers[0], numbers[1], numbers[2])
    (day.hour, day.minute, day.second) = (numbers[3], numbers[4], numbers[5])
    guard day.isValidDate else { throw fail("'\(text)' is no date", .reportConsistency) }
    return text
  }
}
