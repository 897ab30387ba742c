// Follows https://developer.apple.com/documentation/coretransferable/transferable
// and .../filerepresentation

@_exported import Foundation
@_exported import UniformTypeIdentifiers

public protocol TransferRepresentation<Item>: Sendable {
  associatedtype Item: Transferable
  associatedtype Body: TransferRepresentation
}

public protocol Transferable {
  associatedtype Representation: TransferRepresentation
  @TransferRepresentationBuilder<Self> static var transferRepresentation: Representation { get }
}

extension Never: TransferRepresentation, Transferable {
  public typealias Item = Never
  public typealias Body = Never
  public typealias Representation = Never
  public static var transferRepresentation: Never { fatalError("signature") }
}

public struct ReceivedTransferredFile: Sendable {
  public let file: URL
}

public struct FileRepresentation<Item: Transferable>: TransferRepresentation {
  public typealias Body = Never
  public init(
    importedContentType: UTType, shouldAttemptToOpenInPlace: Bool = false,
    importing: @escaping @Sendable (ReceivedTransferredFile) async throws -> Item
  ) { fatalError("signature") }
}

public struct TupleTransferRepresentation<Item: Transferable, Value: Sendable>:
  TransferRepresentation
{
  public typealias Body = Never
}

@resultBuilder
public struct TransferRepresentationBuilder<Item: Transferable> {
  public static func buildExpression<Content: TransferRepresentation>(
    _ content: Content
  ) -> Content where Content.Item == Item { content }
  public static func buildBlock<Content: TransferRepresentation>(_ content: Content) -> Content
  where Content.Item == Item { content }
  public static func buildBlock<C1: TransferRepresentation, C2: TransferRepresentation>(
    _ content1: C1, _ content2: C2
  ) -> TupleTransferRepresentation<Item, (C1, C2)> where C1.Item == Item, C2.Item == Item {
    fatalError("signature")
  }
}
