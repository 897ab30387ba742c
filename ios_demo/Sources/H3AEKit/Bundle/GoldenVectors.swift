import Foundation

/// Golden tensors in memory: real latents and the reference's frames for them.
public struct GoldenVectors: Sendable {
  /// `[T', Z, H', W']` float32, normalised.
  public let latents: Tensor
  /// `[n, 3, H, W]` float32 in [-1, 1].
  public let frames: Tensor
  /// Which frames of the clip those are, ascending.
  public let frameIndices: [Int]
  /// `[1, 3, H, W]` float32 in [-1, 1]: the first frame, of bundles for I2V.
  public let image: Tensor?
  /// As `frames`, decoded with the features of `image`.
  public let conditioned: Tensor?
}

extension ModelBundle {
  /// Reads the golden vectors.
  ///
  /// - Throws: `golden.missing` if the bundle has none, `golden.format` if a file is not what the
  ///   manifest says.
  public func golden() throws -> GoldenVectors {
    guard let golden = manifest.golden else {
      throw H3AEError(.goldenMissing, "\(manifest.name) holds no golden vectors")
    }
    return GoldenVectors(
      latents: try read(golden.latents), frames: try read(golden.frames),
      frameIndices: golden.frameIndices, image: try golden.image.map(read),
      conditioned: try golden.conditioned.map(read))
  }

  private func read(_ record: Manifest.GoldenTensor) throws -> Tensor {
    let url = try Integrity.locate(record.file, in: root, missing: .goldenMissing)
    let file: Safetensors
    do {
      file = try Safetensors(contentsOf: url)
    } catch let error as H3AEError {
      throw H3AEError(.goldenFormat, error.message)
    }
    guard let tensor = file.tensors[record.tensor], tensor.type == record.type,
      tensor.shape == record.shape
    else {
      throw H3AEError(
        .goldenFormat,
        "\(record.file) does not hold '\(record.tensor)' as \(record.type.rawValue) \(record.shape)"
      )
    }
    return try tensor.converted(to: .float32)
  }
}
