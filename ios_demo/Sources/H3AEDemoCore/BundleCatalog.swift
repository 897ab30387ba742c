import Foundation
import H3AEKit

/// The bundles and latent clips that lie in an app's folders.
public struct BundleCatalog: Sendable {
  /// In the order of preference: what a person put there comes before what the app brings.
  public let folders: [URL]

  public init(folders: [URL]) { self.folders = folders }

  /// `NAME.h3ae` folders, without looking inside.
  public func bundles() -> [URL] {
    entries.filter { $0.pathExtension == "h3ae" && $0.hasDirectoryPath }
  }

  /// The bundle to open: the one that was opened last, else the first.
  ///
  /// - Parameter last: `key` of it.
  public func bundle(last: String?) -> URL? {
    let all = bundles()
    return all.first { Self.key(of: $0) == last } ?? all.first
  }

  /// Finds a bundle again at the next launch: the system moves an app's folders now and then.
  public static func key(of bundle: URL) -> String {
    bundle.pathComponents.suffix(2).joined(separator: "/")
  }

  /// SHA-256 of all files of a target, of whatever is a bundle.
  public func hashes(of target: String) -> Set<String> {
    var hashes: Set<String> = []
    for url in bundles() {
      guard let bundle = try? ModelBundle.open(at: url, verification: .manifestOnly) else {
        continue
      }
      hashes.formUnion(bundle.manifest.artifacts.filter { $0.target == target }.map(\.sha256))
    }
    return hashes
  }

  /// Latents that `h3ae encode` wrote, of the shape that a bundle decodes.
  ///
  /// Files of another model or size are left out, not offered and then refused.
  public func clips(for bundle: ModelBundle) -> [LatentClip] {
    entries.filter { $0.pathExtension == "safetensors" }.compactMap { url in
      guard let clip = try? LatentClip(contentsOf: url), clip.fits(bundle) else { return nil }
      return clip
    }
  }

  private var entries: [URL] {
    folders.flatMap { folder in
      let found = try? FileManager.default.contentsOfDirectory(
        at: folder, includingPropertiesForKeys: [.isDirectoryKey], options: .skipsHiddenFiles)
      return (found ?? []).sorted { $0.lastPathComponent < $1.lastPathComponent }
    }
  }
}

/// A clip as latents.
public struct LatentClip: Sendable, Identifiable {
  public let id: String
  public let name: String
  /// `[T', Z, H', W']`, normalised.
  public let latents: Tensor
  /// `[1, 3, H, W]`, where the first frame has come with them.
  public let firstFrame: Tensor?

  public init(id: String, name: String, latents: Tensor, firstFrame: Tensor? = nil) {
    self.id = id
    self.name = name
    self.latents = latents
    self.firstFrame = firstFrame
  }

  /// Reads a file of `h3ae encode`, to which somebody may have added the first frame as `image`.
  ///
  /// - Throws: `tensor.format`.
  public init(contentsOf url: URL) throws {
    let file = try Safetensors(contentsOf: url)
    guard let latents = file.tensors["latents"], latents.shape.count == 4, latents.isFinite,
      latents.type.isFloating
    else {
      throw H3AEError(
        .tensorFormat, "\(url.lastPathComponent) holds no latents",
        advice: "write one with `h3ae encode`")
    }
    self.init(
      id: url.path, name: url.deletingPathExtension().lastPathComponent, latents: latents,
      firstFrame: file.tensors["image"])
  }

  /// The golden latents of a bundle; nil if it has none.
  public static func golden(of bundle: ModelBundle, name: String) -> LatentClip? {
    guard let golden = try? bundle.golden() else { return nil }
    return LatentClip(
      id: "golden", name: name, latents: golden.latents, firstFrame: golden.image)
  }

  /// For the studio.
  public var clip: StudioClip { StudioClip(latents: latents, firstFrame: firstFrame) }

  /// Whether a bundle decodes it.
  public func fits(_ bundle: ModelBundle) -> Bool {
    latents.shape == bundle.manifest.latentShape(latents.count)
      && !clip.takes(by: bundle.manifest).isEmpty
  }
}
