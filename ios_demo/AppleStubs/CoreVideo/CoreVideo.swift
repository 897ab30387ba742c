// Follows https://developer.apple.com/documentation/corevideo/cvpixelbuffer
// and https://developer.apple.com/documentation/corevideo/cvpixelbufferpool
//
// CVBuffer is a class of CoreFoundation and not Sendable.

@_exported import CoreGraphics
@_exported import Foundation

public final class CVBuffer {
  fileprivate init() {}
}

public typealias CVImageBuffer = CVBuffer
public typealias CVPixelBuffer = CVImageBuffer
public final class CVPixelBufferPool {
  fileprivate init() {}
}
public typealias CVReturn = Int32
public typealias CVOptionFlags = UInt64
public typealias OSType = UInt32

public let kCVReturnSuccess: CVReturn = 0
public let kCVPixelFormatType_32BGRA: OSType = 0x4247_5241
public let kCVPixelFormatType_OneComponent16Half: OSType = 0x4C30_3068

public let kCVPixelBufferPixelFormatTypeKey: CFString = ""
public let kCVPixelBufferWidthKey: CFString = ""
public let kCVPixelBufferHeightKey: CFString = ""
public let kCVPixelBufferIOSurfacePropertiesKey: CFString = ""
public let kCVPixelBufferMetalCompatibilityKey: CFString = ""

public let kCVImageBufferColorPrimariesKey: CFString = ""
public let kCVImageBufferColorPrimaries_ITU_R_709_2: CFString = ""
public let kCVImageBufferTransferFunctionKey: CFString = ""
public let kCVImageBufferTransferFunction_sRGB: CFString = ""
public let kCVImageBufferTransferFunction_ITU_R_709_2: CFString = ""
public let kCVImageBufferYCbCrMatrixKey: CFString = ""
public let kCVImageBufferYCbCrMatrix_ITU_R_709_2: CFString = ""

public enum CVAttachmentMode: UInt32, Sendable {
  case shouldNotPropagate = 0
  case shouldPropagate = 1
}

public struct CVPixelBufferLockFlags: OptionSet, Sendable {
  public let rawValue: CVOptionFlags
  public init(rawValue: CVOptionFlags) { self.rawValue = rawValue }
  public static let readOnly = CVPixelBufferLockFlags(rawValue: 1)
}

public func CVPixelBufferPoolCreate(
  _ allocator: CFAllocator?, _ poolAttributes: CFDictionary?,
  _ pixelBufferAttributes: CFDictionary?, _ poolOut: UnsafeMutablePointer<CVPixelBufferPool?>
) -> CVReturn { fatalError("signature") }

public func CVPixelBufferPoolCreatePixelBuffer(
  _ allocator: CFAllocator?, _ pixelBufferPool: CVPixelBufferPool,
  _ pixelBufferOut: UnsafeMutablePointer<CVPixelBuffer?>
) -> CVReturn { fatalError("signature") }

public func CVPixelBufferCreate(
  _ allocator: CFAllocator?, _ width: Int, _ height: Int, _ pixelFormatType: OSType,
  _ pixelBufferAttributes: CFDictionary?, _ pixelBufferOut: UnsafeMutablePointer<CVPixelBuffer?>
) -> CVReturn { fatalError("signature") }

@discardableResult
public func CVPixelBufferLockBaseAddress(
  _ pixelBuffer: CVPixelBuffer, _ lockFlags: CVPixelBufferLockFlags
) -> CVReturn { fatalError("signature") }

@discardableResult
public func CVPixelBufferUnlockBaseAddress(
  _ pixelBuffer: CVPixelBuffer, _ unlockFlags: CVPixelBufferLockFlags
) -> CVReturn { fatalError("signature") }

public func CVPixelBufferGetBaseAddress(_ pixelBuffer: CVPixelBuffer) -> UnsafeMutableRawPointer? {
  fatalError("signature")
}
public func CVPixelBufferGetBytesPerRow(_ pixelBuffer: CVPixelBuffer) -> Int {
  fatalError("signature")
}
public func CVPixelBufferGetWidth(_ pixelBuffer: CVPixelBuffer) -> Int { fatalError("signature") }
public func CVPixelBufferGetHeight(_ pixelBuffer: CVPixelBuffer) -> Int { fatalError("signature") }
public func CVPixelBufferGetPixelFormatType(_ pixelBuffer: CVPixelBuffer) -> OSType {
  fatalError("signature")
}

public func CVBufferSetAttachment(
  _ buffer: CVBuffer, _ key: CFString, _ value: CFTypeRef, _ attachmentMode: CVAttachmentMode
) { fatalError("signature") }

public func CVBufferCopyAttachment(
  _ buffer: CVBuffer, _ key: CFString, _ attachmentMode: UnsafeMutablePointer<CVAttachmentMode>?
) -> CFTypeRef? { fatalError("signature") }

public final class IOSurfaceRef {
  fileprivate init() {}
}
public func CVPixelBufferGetIOSurface(_ pixelBuffer: CVPixelBuffer?) -> Unmanaged<IOSurfaceRef>? {
  fatalError("signature")
}
