import Foundation
import H3AEKit

/// `status.json`: how far a profile is, for whoever waits outside the app.
public struct ProfileStatus: Sendable, Equatable, Codable {
  public enum State: String, Sendable, Codable {
    case running, done, failed
  }

  public var state: State
  /// For people.
  public var step: String
  public var done: Int
  public var total: Int
  /// Why it failed.
  public var message: String?
  /// `LaunchRequest.run`.
  public var run: String

  public init(
    _ state: State, step: String, done: Int, total: Int, message: String? = nil, run: String
  ) {
    self.state = state
    self.step = step
    self.done = done
    self.total = total
    self.message = message
    self.run = run
  }
}

/// The folder `Documents/profile`, in which `h3ae-profile ios` looks.
public struct ProfileOutbox: Sendable {
  public let folder: URL

  public init(folder: URL) { self.folder = folder }

  public var report: URL { folder.appendingPathComponent("report.json") }
  public var status: URL { folder.appendingPathComponent("status.json") }

  /// Writes the status beside its place and moves it there: a reader never sees half of it.
  ///
  /// - Throws: `install.storage`.
  public func write(_ status: ProfileStatus) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    try write(encoder.encode(status), to: self.status)
  }

  /// As above. The report goes before the status that says `done`.
  ///
  /// - Throws: `install.storage`.
  public func write(report data: Data) throws { try write(data, to: report) }

  /// Takes an older run's results away.
  public func clear() {
    for file in [report, status] { try? FileManager.default.removeItem(at: file) }
  }

  private func write(_ data: Data, to place: URL) throws {
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try data.write(to: place, options: .atomic)
    } catch {
      throw H3AEError(
        .installStorage,
        "\(place.lastPathComponent) cannot be written: \(error.localizedDescription)")
    }
  }
}
