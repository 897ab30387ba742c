// Follows https://developer.apple.com/documentation/avfoundation/avassetwriter,
// .../avassetwriterinput and .../avassetwriterinputpixelbufferadaptor
//
// None of the three is Sendable.

@_exported import CoreMedia

public struct AVFileType: Sendable, Hashable {
  public static let mp4 = AVFileType()
}

public struct AVVideoCodecType: Sendable, Hashable {
  public static let h264 = AVVideoCodecType()
}

public let AVVideoCodecKey: String = ""
public let AVVideoWidthKey: String = ""
public let AVVideoHeightKey: String = ""
public let AVVideoColorPropertiesKey: String = ""
public let AVVideoColorPrimariesKey: String = ""
public let AVVideoColorPrimaries_ITU_R_709_2: String = ""
public let AVVideoTransferFunctionKey: String = ""
public let AVVideoTransferFunction_ITU_R_709_2: String = ""
public let AVVideoYCbCrMatrixKey: String = ""
public let AVVideoYCbCrMatrix_ITU_R_709_2: String = ""

open class AVAssetWriterInput: NSObject {
  public convenience init(mediaType: AVMediaType, outputSettings: [String: Any]?) {
    fatalError("signature")
  }
  open var isReadyForMoreMediaData: Bool { fatalError("signature") }
  open var expectsMediaDataInRealTime: Bool {
    get { fatalError("signature") }
    set {}
  }
  open func markAsFinished() { fatalError("signature") }
}

open class AVAssetWriterInputPixelBufferAdaptor: NSObject {
  public init(
    assetWriterInput input: AVAssetWriterInput,
    sourcePixelBufferAttributes: [String: Any]? = nil
  ) { fatalError("signature") }
  open func append(
    _ pixelBuffer: CVPixelBuffer, withPresentationTime presentationTime: CMTime
  ) -> Bool { fatalError("signature") }
}

open class AVAssetWriter: NSObject {
  public enum Status: Int, Sendable {
    case unknown = 0
    case writing = 1
    case completed = 2
    case failed = 3
    case cancelled = 4
  }
  public init(outputURL: URL, fileType outputFileType: AVFileType) throws {
    fatalError("signature")
  }
  open var status: Status { fatalError("signature") }
  open var error: (any Error)? { fatalError("signature") }
  open func canAdd(_ input: AVAssetWriterInput) -> Bool { fatalError("signature") }
  open func add(_ input: AVAssetWriterInput) { fatalError("signature") }
  open func startWriting() -> Bool { fatalError("signature") }
  open func startSession(atSourceTime startTime: CMTime) { fatalError("signature") }
  open func cancelWriting() { fatalError("signature") }
  open func finishWriting(completionHandler handler: @escaping @Sendable () -> Void) {
    fatalError("signature")
  }
}
