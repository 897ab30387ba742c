import Foundation

/// Tensors in a file: 8 bytes of little-endian header length, a JSON header, then the numbers,
/// little-endian and row-major. Offsets count from the end of the header.
public struct Safetensors: Sendable {
  /// By name.
  public var tensors: [String: Tensor]
  /// What the writer noted; of latents, `h3ae.latents` tells where they come from.
  public var metadata: [String: String]

  public init(tensors: [String: Tensor], metadata: [String: String] = [:]) {
    self.tensors = tensors
    self.metadata = metadata
  }

  private static let maxHeaderBytes = 1 << 24

  /// Reads a file.
  ///
  /// - Throws: `tensor.format` if it is no safetensors file, or holds types that the project does
  ///   not use.
  public init(contentsOf url: URL) throws {
    let data: Data
    do {
      data = try Data(contentsOf: url, options: .mappedIfSafe)
    } catch {
      throw H3AEError(
        .tensorFormat, "cannot read \(url.lastPathComponent): \(error.localizedDescription)")
    }
    do {
      try self.init(parsing: data)
    } catch let error as H3AEError {
      throw H3AEError(error.code, "\(url.lastPathComponent): \(error.message)")
    }
  }

  /// Reads the bytes of a file.
  public init(parsing data: Data) throws {
    let (header, content) = try Self.split(data)
    guard case .object(let members) = header else {
      throw Self.malformed("the header is no object")
    }
    tensors = [:]
    metadata = [:]
    for member in members {
      if member.key == "__metadata__" {
        metadata = try Self.strings(member.value)
      } else {
        tensors[member.key] = try Self.tensor(member.key, member.value, content)
      }
    }
  }

  private static func malformed(_ reason: String) -> H3AEError {
    H3AEError(.tensorFormat, "not a safetensors file: \(reason)")
  }

  private static func split(_ data: Data) throws -> (JSONValue, Data) {
    guard data.count >= 8 else { throw malformed("it ends in the middle") }
    let length = data.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }
    guard length <= maxHeaderBytes, Int(length) <= data.count - 8 else {
      throw malformed("its header claims \(length) bytes")
    }
    let start = data.startIndex + 8
    do {
      let header = try StrictJSON.parse(data[start..<start + Int(length)])
      return (header, data[(start + Int(length))...])
    } catch .encoding {
      throw malformed("the header is not UTF-8")
    } catch .json(let reason) {
      throw malformed(reason)
    }
  }

  private static func strings(_ value: JSONValue) throws -> [String: String] {
    guard case .object(let members) = value else { throw malformed("odd metadata") }
    return try members.reduce(into: [:]) { result, member in
      guard case .string(let text) = member.value else { throw malformed("odd metadata") }
      result[member.key] = text
    }
  }

  private static func tensor(_ name: String, _ value: JSONValue, _ content: Data) throws -> Tensor {
    guard case .string(let word)? = value["dtype"], case .array(let axes)? = value["shape"],
      case .array(let ends)? = value["data_offsets"], ends.count == 2,
      case .integer(let start) = ends[0], case .integer(let end) = ends[1]
    else { throw malformed("an odd entry '\(name)'") }
    guard let type = ElementType(safetensors: word) else {
      throw H3AEError(
        .tensorFormat, "the tensor '\(name)' is of type \(word), which nothing here uses")
    }
    let shape = try axes.map { axis -> Int in
      guard case .integer(let length) = axis, (0...Bounds.maxElements).contains(length) else {
        throw malformed("an odd shape of '\(name)'")
      }
      return length
    }
    let bytes = shape.reduce(Double(type.byteCount)) { $0 * Double($1) }
    guard start >= 0, end >= start, end <= content.count, Double(end - start) == bytes else {
      throw malformed("'\(name)' does not lie where it says")
    }
    let slice = content[(content.startIndex + start)..<(content.startIndex + end)]
    // A copy, since numbers need not lie aligned in the file.
    return Tensor(shape: shape, type: type) { target in slice.copyBytes(to: target) }
  }

  /// The bytes of a file, tensors in the order of their names.
  public func encoded() throws -> Data {
    var header: [String: Any] = metadata.isEmpty ? [:] : ["__metadata__": metadata]
    var offset = 0
    let ordered = tensors.sorted { $0.key < $1.key }
    for (name, tensor) in ordered {
      header[name] =
        [
          "dtype": tensor.type.safetensors, "shape": tensor.shape,
          "data_offsets": [offset, offset + tensor.byteCount],
        ] as [String: Any]
      offset += tensor.byteCount
    }
    var text = try JSONSerialization.data(withJSONObject: header, options: .sortedKeys)
    // The numbers begin at a multiple of 8.
    text.append(Data(repeating: UInt8(ascii: " "), count: (8 - text.count % 8) % 8))
    var file = withUnsafeBytes(of: UInt64(text.count).littleEndian) { Data($0) }
    file.append(text)
    for (_, tensor) in ordered { tensor.withUnsafeBytes { file.append(contentsOf: $0) } }
    return file
  }
}

extension ElementType {
  fileprivate init?(safetensors word: String) {
    guard let type = Self.allCases.first(where: { $0.safetensors == word }) else { return nil }
    self = type
  }

  fileprivate var safetensors: String {
    switch self {
    case .float32: "F32"
    case .float16: "F16"
    case .int32: "I32"
    case .uint8: "U8"
    }
  }
}
