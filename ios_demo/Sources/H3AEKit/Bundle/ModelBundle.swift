import Foundation

/// A `NAME.h3ae` folder whose manifest has been read and whose files have been checked.
public struct ModelBundle: Sendable {
  public let manifest: Manifest
  public let root: URL

  /// How much of the files is checked.
  public enum Verification: Sendable {
    /// Sizes and SHA-256 hashes: once, when a bundle has arrived.
    case full
    /// At every start.
    case sizes
    /// The manifest alone is read.
    case manifestOnly
  }

  /// Reads the manifest at `root` and checks the files it lists.
  ///
  /// - Throws: an `H3AEError` that says what is wrong first, in the order of `docs/bundle.md`, "What
  ///   a reader checks"; `CancellationError` if the task was cancelled while it hashed.
  public static func open(at root: URL, verification: Verification = .full) throws -> ModelBundle {
    let bundle = ModelBundle(manifest: try Manifest(parsing: readManifest(root)), root: root)
    try bundle.verify(verification)
    return bundle
  }

  /// The bundle of one of its sizes, for a decoder of its own; see `Manifest.at`.
  public func at(height: Int, width: Int) throws -> ModelBundle {
    ModelBundle(manifest: try manifest.at(height: height, width: width), root: root)
  }

  /// Checks every file that the manifest lists.
  public func verify(_ verification: Verification = .full) throws {
    guard verification != .manifestOnly else { return }
    var seen: Set<String> = []
    for artifact in manifest.artifacts where seen.insert(artifact.file).inserted {
      try verify(
        artifact.file, artifact.bytes, artifact.sha256, verification,
        (.artifactMissing, .artifactSize, .artifactHash))
    }
    for tensor in manifest.goldenFiles {
      try verify(
        tensor.file, tensor.bytes, tensor.sha256, verification,
        (.goldenMissing, .goldenSize, .goldenHash))
    }
  }

  /// Hash of the manifest, and with it of all that it lists: the bundle's identity.
  public func sha256() throws -> String {
    let url = try Integrity.locate(Manifest.fileName, in: root, missing: .manifestMissing)
    do {
      return try Integrity.sha256(ofFile: url)
    } catch {
      throw H3AEError(.manifestMissing, "cannot read the manifest: \(error.localizedDescription)")
    }
  }

  /// Where the file or folder of an artifact lies.
  ///
  /// - Throws: `artifact.missing`, `path.symlink`.
  public func url(of artifact: Manifest.Artifact) throws -> URL {
    try Integrity.locate(artifact.file, in: root, missing: .artifactMissing)
  }

  private func verify(
    _ file: String, _ bytes: Int, _ sha256: String, _ verification: Verification,
    _ codes: (missing: H3AEError.Code, size: H3AEError.Code, hash: H3AEError.Code)
  ) throws {
    let again = "copy or download the bundle again"
    do {
      let url = try Integrity.locate(file, in: root, missing: codes.missing)
      let found = try Integrity.bytes(of: url)
      guard found == bytes else {
        throw H3AEError(
          codes.size, "\(file) has \(found) bytes, the manifest says \(bytes)", advice: again)
      }
      guard try verification != .full || Integrity.sha256(of: url) == sha256 else {
        throw H3AEError(
          codes.hash, "\(file) is not the file that was exported (SHA-256 differs)", advice: again)
      }
    } catch let error where error is H3AEError || error is CancellationError {
      throw error
    } catch {
      throw H3AEError(codes.missing, "cannot read \(file): \(error.localizedDescription)")
    }
  }

  private static func readManifest(_ root: URL) throws -> Data {
    let name = root.lastPathComponent
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: root.path, isDirectory: &isFolder) else {
      throw H3AEError(.bundleMissing, "there is no bundle '\(name)'")
    }
    guard isFolder.boolValue else {
      throw H3AEError(
        .bundleNotADirectory, "'\(name)' is not a bundle, which is a folder",
        advice: root.pathExtension == "zip" ? "install the archive first" : nil)
    }
    do {
      let url = root.appendingPathComponent(Manifest.fileName)
      guard try Integrity.kind(of: url) == .file else {
        throw H3AEError(.manifestMissing, "\(Manifest.fileName) of '\(name)' is no file")
      }
      let handle = try FileHandle(forReadingFrom: url)
      defer { try? handle.close() }
      return try handle.read(upToCount: Manifest.document.maxBytes + 1) ?? Data()
    } catch let error as H3AEError {
      throw error
    } catch {
      throw H3AEError(
        .manifestMissing,
        "cannot read \(Manifest.fileName) of '\(name)': \(error.localizedDescription)")
    }
  }
}
