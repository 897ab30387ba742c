import Foundation
import H3AEKit
import Testing

/// The command-line tool as a person runs it.
@Suite(.serialized) struct CommandTests {
  @Test func itDecodesToPictures() throws {
    try withScratch { scratch in
      let expected = Fixtures.folder.appendingPathComponent("expected/stream.safetensors")
      let out = scratch.appendingPathComponent("pictures")
      let arguments = ["decode", Fixtures.bundleURL.path, expected.path, "--out", out.path]
      let result = try run(arguments + ["--target", "onnx"])
      #expect(result.status == 0, "\(result.error)")
      let frames = try Fixtures.expected("stream").named("frames")
      let names = try FileManager.default.contentsOfDirectory(atPath: out.path).sorted()
      #expect(names.count == frames.count)
      let last = try Data(contentsOf: out.appendingPathComponent(try #require(names.last)))
      let header = Data("P6\n64 64\n255\n".utf8)
      #expect(last.starts(with: header) && last.count == header.count + 3 * 64 * 64)
      // A second decode must not mix its pictures with the first one's.
      #expect(try run(arguments).status == 1)
    }
  }

  @Test func itVerifiesEveryEngine() throws {
    let result = try run(["verify", Fixtures.bundleURL.path])
    #expect(result.status == 0, "\(result.error)")
    for target in ["onnx", "executorch"] {
      let line = result.output.split(separator: "\n").first { $0.contains("\(target) fp32: ") }
      #expect(line?.contains("of a clip within") == true, "\(result.output)")
      #expect(line?.contains("of a clip with a first frame within") == true, "\(result.output)")
    }
  }

  @Test func itProfilesInTheSharedFormat() throws {
    try withScratch { scratch in
      let out = scratch.appendingPathComponent("report.json")
      let result = try run([
        "profile", Fixtures.bundleURL.path, "--out", out.path, "--repetitions", "3",
        "--warmup", "1", "--target", "executorch",
      ])
      #expect(result.status == 0, "\(result.error)")
      let report = try ProfileReport(contentsOf: out)
      #expect(report.output?.passed == true)
      #expect(report.clip.samples.count == 3)
      #expect(report.stages.map(\.graph).sorted() == ["decoder_frame", "decoder_temporal"])
    }
  }

  @Test func whatIsWrongIsOneLine() throws {
    let missing = try run(["info", Fixtures.folder.appendingPathComponent("nothing").path])
    #expect(missing.status == 1)
    #expect(missing.error.hasPrefix("h3ae-cli: there is no bundle"))
    #expect(missing.error.split(separator: "\n").count == 1)
    #expect(try run([]).status == 2)
    #expect(try run(["dance"]).status == 2)
    #expect(try run(["info", Fixtures.bundleURL.path, "--loud"]).status == 2)
  }

  private func run(
    _ arguments: [String]
  ) throws -> (status: Int32, output: String, error: String) {
    let process = Process()
    // The test runner lies beside it.
    process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
      .deletingLastPathComponent().appendingPathComponent("h3ae-cli")
    process.arguments = arguments
    let output = Pipe()
    let error = Pipe()
    process.standardOutput = output
    process.standardError = error
    try process.run()
    // Neither pipe is ever full: the tool tells a few lines.
    process.waitUntilExit()
    return (
      process.terminationStatus, try text(output), try text(error)
    )
  }

  private func text(_ pipe: Pipe) throws -> String {
    String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
  }

  private func withScratch(_ body: (URL) throws -> Void) throws {
    let scratch = FileManager.default.temporaryDirectory
      .appendingPathComponent("h3ae-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: scratch) }
    try body(scratch)
  }
}
