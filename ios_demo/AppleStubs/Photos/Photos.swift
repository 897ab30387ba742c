// Follows https://developer.apple.com/documentation/photos/phphotolibrary
// and .../phassetchangerequest

@_exported import Foundation

public enum PHAccessLevel: Int, Sendable {
  case addOnly = 1
  case readWrite = 2
}

public enum PHAuthorizationStatus: Int, Sendable {
  case notDetermined = 0
  case restricted = 1
  case denied = 2
  case authorized = 3
  case limited = 4
}

open class PHPhotoLibrary: NSObject, @unchecked Sendable {
  // Apple's header declares it Sendable.
  fileprivate override init() {}
  open class func shared() -> PHPhotoLibrary { fatalError("signature") }
  open class func requestAuthorization(for accessLevel: PHAccessLevel) async
    -> PHAuthorizationStatus
  { fatalError("signature") }
  open func performChanges(_ changeBlock: @escaping () -> Void) async throws {
    fatalError("signature")
  }
}

open class PHAssetChangeRequest: NSObject {
  @discardableResult
  open class func creationRequestForAssetFromVideo(atFileURL fileURL: URL)
    -> PHAssetChangeRequest?
  { fatalError("signature") }
}
