import H3AEKit

/// What `h3ae-profile ios` asks the app to do, read from its launch arguments
/// (`docs/profiling.md`, "What an app does to be profiled").
public struct LaunchRequest: Sendable, Equatable {
  /// Relative to the app's container: `Documents/profile-inbox/NAME.h3ae`.
  public var bundle: String
  /// Tells this run's status from an older one's.
  public var run: String
  public var repetitions: Int
  public var warmup: Int
  /// Seconds without a pause; 0: none.
  public var sustained: Double
  /// nil: what the app would choose for its users.
  public var target: String?
  public var precision: String?

  /// Reads the arguments of a process.
  ///
  /// - Returns: nil if they ask for no profile.
  /// - Throws: `decode.unsupported` for a value that makes no sense; the app reports it instead of
  ///   measuring something else.
  public init?(arguments: [String]) throws {
    var values: [String: String] = [:]
    var rest = arguments[...]
    while let word = rest.popFirst() {
      guard word.hasPrefix(Self.prefix) else { continue }
      guard let value = rest.popFirst() else {
        throw H3AEError(.decodeUnsupported, "\(word) has no value")
      }
      values[String(word.dropFirst(Self.prefix.count))] = value
    }
    guard let bundle = values["bundle"] else { return nil }
    self.bundle = bundle
    run = values["run"] ?? ""
    repetitions = try Self.number(values["repetitions"], "repetitions", 1...1_000_000) ?? 20
    warmup = try Self.number(values["warmup"], "warmup", 0...100_000) ?? 3
    sustained = try Self.number(values["sustained-s"], "sustained-s", 0...86_400) ?? 0
    target = values["target"]
    precision = values["precision"]
  }

  public init(
    bundle: String, run: String, repetitions: Int = 20, warmup: Int = 3, sustained: Double = 0,
    target: String? = nil, precision: String? = nil
  ) {
    self.bundle = bundle
    self.run = run
    self.repetitions = repetitions
    self.warmup = warmup
    self.sustained = sustained
    self.target = target
    self.precision = precision
  }

  private static let prefix = "--profile-"

  private static func number<Number: LosslessStringConvertible & Comparable>(
    _ text: String?, _ name: String, _ range: ClosedRange<Number>
  ) throws -> Number? {
    guard let text else { return nil }
    guard let number = Number(text), range.contains(number) else {
      throw H3AEError(
        .decodeUnsupported,
        "\(prefix)\(name) \(text) is not between \(range.lowerBound) and \(range.upperBound)")
    }
    return number
  }
}

extension LaunchRequest {
  /// `--profile-run` of arguments that are otherwise wrong, so that the failure can be told.
  public static func run(of arguments: [String]) -> String {
    guard let place = arguments.firstIndex(of: prefix + "run"), place + 1 < arguments.count else {
      return ""
    }
    return arguments[place + 1]
  }
}
