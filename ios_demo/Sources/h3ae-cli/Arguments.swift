import Foundation
import H3AEKit

/// What a person typed wrong.
struct UsageError: Error {
  let message: String
}

/// Words of a command line, taken one by one; what nobody took is refused by `finish`.
struct Arguments {
  private var words: [String]

  init(_ words: [String]) { self.words = words }

  mutating func positional(_ what: String) throws -> String {
    guard let index = words.indices.first(where: isPositional) else {
      throw UsageError(message: "\(what) is missing")
    }
    return words.remove(at: index)
  }

  mutating func place(_ what: String) throws -> URL {
    URL(fileURLWithPath: try positional(what))
  }

  /// `--name value`
  mutating func option(_ name: String) throws -> String? {
    guard let index = words.firstIndex(of: "--\(name)") else { return nil }
    guard index + 1 < words.count else {
      throw UsageError(message: "--\(name) needs a value")
    }
    let value = words[index + 1]
    words.removeSubrange(index...index + 1)
    return value
  }

  mutating func number(_ name: String, default number: Int, _ bounds: ClosedRange<Int>) throws
    -> Int
  {
    guard let text = try option(name) else { return number }
    guard let value = Int(text), bounds.contains(value) else {
      throw UsageError(
        message: "--\(name) is a number from \(bounds.lowerBound) to \(bounds.upperBound)")
    }
    return value
  }

  mutating func flag(_ name: String) -> Bool {
    guard let index = words.firstIndex(of: "--\(name)") else { return false }
    words.remove(at: index)
    return true
  }

  /// Which artifacts to run, and where.
  mutating func decoderOptions() throws -> VideoDecoder.Options {
    var options = VideoDecoder.Options()
    options.target = try option("target")
    options.precision = try option("precision")
    options.units = try option("units").map(ComputeUnits.init(rawValue:))
    return options
  }

  func finish() throws {
    if let word = words.first { throw UsageError(message: "'\(word)' is unknown here") }
  }

  /// Neither an option nor the value of one. Flags come last, or their neighbour is taken for one.
  private func isPositional(_ index: Int) -> Bool {
    !words[index].hasPrefix("--") && (index == 0 || !words[index - 1].hasPrefix("--"))
  }
}
