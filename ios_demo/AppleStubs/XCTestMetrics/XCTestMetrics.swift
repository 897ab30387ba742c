// Follows https://developer.apple.com/documentation/xctest/performance-tests
// and https://developer.apple.com/documentation/xctest/xctattachment
//
// What Apple's XCTest has and the one of Linux lacks.

@_exported import Foundation
import XCTest

public protocol XCTMetric: NSObjectProtocol {}
open class XCTClockMetric: NSObject, XCTMetric {
  public override init() {}
}
open class XCTCPUMetric: NSObject, XCTMetric {
  public override init() {}
}
open class XCTMemoryMetric: NSObject, XCTMetric {
  public override init() {}
}
open class XCTMeasureOptions: NSObject {
  public override init() {}
  open var iterationCount: Int {
    get { fatalError("signature") }
    set {}
  }
}

open class XCTAttachment: NSObject {
  public enum Lifetime: Int, Sendable {
    case keepAlways = 0
    case deleteOnSuccess = 1
  }
  public convenience init(data payload: Data, uniformTypeIdentifier identifier: String) {
    fatalError("signature")
  }
  open var name: String? {
    get { fatalError("signature") }
    set {}
  }
  open var lifetime: Lifetime {
    get { fatalError("signature") }
    set {}
  }
}

extension XCTestCase {
  public func measure(
    metrics: [any XCTMetric], options: XCTMeasureOptions, block: () -> Void
  ) { fatalError("signature") }
  public func add(_ attachment: XCTAttachment) { fatalError("signature") }
}
