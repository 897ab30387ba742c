import Foundation
import H3AEKit

/// Bundles on a Mac or a Linux host, from the command line.
@main
struct H3AECommand {
  static let usage = """
    usage: h3ae-cli COMMAND ...

      info BUNDLE                       what it holds
      verify BUNDLE                     hashes, and the golden frames in every engine at hand
      install ARCHIVE --into FOLDER     unpack NAME.h3ae.zip, verified; --replace an older one
      decode BUNDLE LATENTS --out PLACE
                                        frames of a safetensors file with `latents`, and `image` to
                                        decode with a first frame; PLACE is a folder of .ppm files,
                                        or on a Mac an .mp4 file
      profile BUNDLE --out REPORT.json  --repetitions N, --warmup N, --sustained SECONDS

      decode and profile take --target, --precision, --units; decode takes --mode clip|stream
    """

  static func main() async {
    do {
      var arguments = Arguments(Array(CommandLine.arguments.dropFirst()))
      try await run(try arguments.positional("a command"), &arguments)
    } catch let error as UsageError {
      tell("h3ae-cli: \(error.message)\n\(usage)")
      exit(2)
    } catch let error as H3AEError {
      tell("h3ae-cli: \(error.description)")
      exit(1)
    } catch {
      tell("h3ae-cli: \(error.localizedDescription)")
      exit(1)
    }
  }

  private static func run(_ name: String, _ arguments: inout Arguments) async throws {
    switch name {
    case "info": try InfoCommand(&arguments).run()
    case "verify": try await VerifyCommand(&arguments).run()
    case "install": try await InstallCommand(&arguments).run()
    case "decode": try await DecodeCommand(&arguments).run()
    case "profile": try await ProfileCommand(&arguments).run()
    case "--help", "-h", "help": print(usage)
    default: throw UsageError(message: "there is no command '\(name)'")
    }
  }

  /// Progress and errors: stdout is for results.
  static func tell(_ line: String) {
    FileHandle.standardError.write(Data("\(line)\n".utf8))
  }
}
