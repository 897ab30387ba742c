import Foundation
import H3AEKit
import Photos

/// The person's photo library, to which the app may add.
enum PhotoLibrary {
  /// Adds a video.
  ///
  /// - Throws: `install.storage` if the person does not allow it, or there is no room.
  static func save(videoAt url: URL) async throws {
    let status = await PHPhotoLibrary.requestAuthorization(for: .addOnly)
    guard status == .authorized || status == .limited else {
      throw H3AEError(
        .installStorage, "the app may not add to the photo library",
        advice: "allow it in Settings, Privacy & Security, Photos")
    }
    do {
      try await PHPhotoLibrary.shared().performChanges { @Sendable in
        // Called on a queue of Photos.
        PHAssetChangeRequest.creationRequestForAssetFromVideo(atFileURL: url)
      }
    } catch {
      throw H3AEError(
        .installStorage, "the video cannot be saved: \(error.localizedDescription)")
    }
  }
}
