// Follows https://developer.apple.com/documentation/corefoundation
//
// On Apple's systems these are classes that come with Foundation, and the compiler bridges to them
// (`as CFDictionary`). Linux has no bridging: the value types of which they are the other side
// stand for them, so that the same casts are accepted.

@_exported import Foundation

public typealias CFTypeRef = Any
public typealias CFString = String
public typealias CFDictionary = [AnyHashable: Any]
public typealias CFURL = URL
public typealias CFData = Data
public typealias CFAllocator = AnyObject
public let kCFAllocatorDefault: CFAllocator? = nil
