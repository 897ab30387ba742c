import Foundation
import Testing

@testable import H3AEKit

@Suite struct TensorTests {
  @Test func rowsShareMemory() throws {
    let tensor = try Tensor(shape: [3, 2], floats: [0, 1, 2, 3, 4, 5])
    let rows = tensor.rows(1..<3)
    #expect(rows.shape == [2, 2])
    #expect(try rows.floats == [2, 3, 4, 5])
    #expect(try rows.rows(1..<2).floats == [4, 5])
    let same = tensor.withUnsafeBytes { all in
      rows.withUnsafeBytes { $0.baseAddress == all.baseAddress.map { $0 + 8 } }
    }
    #expect(same)
  }

  @Test func aWrappedOwnerLivesAsLongAsTheTensor() {
    final class Owner: Sendable {
      let freed: @Sendable () -> Void
      init(_ freed: @escaping @Sendable () -> Void) { self.freed = freed }
      deinit { freed() }
    }
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 8, alignment: 4)
    defer { memory.deallocate() }
    memory.storeBytes(of: 1, as: Float.self)
    memory.storeBytes(of: 2, toByteOffset: 4, as: Float.self)
    nonisolated(unsafe) var isFreed = false
    do {
      let tensor = Tensor(
        shape: [2], type: .float32, wrapping: UnsafeRawBufferPointer(memory),
        owner: Owner { isFreed = true })
      let row = tensor.rows(1..<2)
      #expect((try? row.floats) == [2])
      #expect(!isFreed)
    }
    #expect(isFreed)
  }

  @Test func typesConvert() throws {
    let tensor = try Tensor(shape: [4], floats: [0, 1, -65504, 1e-7])
    let half = try tensor.converted(to: .float16)
    #expect(half.byteCount == 8)
    #expect(try half.floats == [0, 1, -65504, Float(Float16(1e-7))])
    let pixels = Tensor(shape: [3], type: .uint8) { $0.copyBytes(from: [0, 255, 51]) }
    let values = try pixels.floats
    #expect(values[0] == -1 && values[1] == 1 && abs(values[2] + 0.6) < 1e-6)
    #expect(failure { try tensor.converted(to: .uint8) }?.code == .tensorShape)
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity])
  func numbersThatAreNotFiniteAreFound(_ value: Float) throws {
    var floats = [Float](repeating: .greatestFiniteMagnitude, count: 1000)
    #expect(try Tensor(shape: [1000], floats: floats).isFinite)
    floats[617] = value
    let tensor = try Tensor(shape: [1000], floats: floats)
    #expect(!tensor.isFinite)
    #expect(try !tensor.converted(to: .float16).isFinite)
  }

  @Test func shapesAreChecked() {
    #expect(failure { try Tensor(shape: [2, 2], floats: [1]) }?.code == .tensorShape)
  }
}

@Suite struct SafetensorsTests {
  @Test func aRoundTripKeepsAll() throws {
    let file = Safetensors(
      tensors: [
        "b": try Tensor(shape: [2, 1], floats: [1, 2]),
        "a": try Tensor(shape: [3], floats: [3, 4, 5]).converted(to: .float16),
      ], metadata: ["h3ae.latents": "{}"])
    let data = try file.encoded()
    let read = try Safetensors(parsing: data)
    #expect(read.metadata == file.metadata)
    #expect(try read.tensors["a"]?.floats == [3, 4, 5])
    #expect(try read.tensors["b"]?.floats == [1, 2])
    #expect(read.tensors["a"]?.type == .float16)
    // Another reader maps the numbers in place.
    let header = data.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
    #expect(header % 8 == 0)
  }

  @Test(
    arguments: [
      "", "{}", #"{"t":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#,
      #"{"t":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
      #"{"t":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}"#,
      #"{"t":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]}}"#,
      #"{"t":{"dtype":"F32","shape":[65536,65536,65536,65536],"data_offsets":[0,4]}}"#,
      #"{"t":{"dtype":"F32","shape":[1]}}"#, "[]", "{\"t\":1}",
    ])
  func damageIsTold(_ header: String) throws {
    // "{}" is valid: a file without tensors.
    guard header != "{}" else { return }
    var data = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Data($0) }
    data.append(Data(header.utf8))
    data.append(Data([0, 0, 128, 63]))
    let error = failure { try Safetensors(parsing: data) }
    #expect(error?.code == .tensorFormat)
  }

  @Test func lengthsBeyondTheFileAreTold() {
    for length in [UInt64.max, 1 << 40, 100] {
      let data = withUnsafeBytes(of: length.littleEndian) { Data($0) }
      #expect(failure { try Safetensors(parsing: data) }?.code == .tensorFormat)
    }
    #expect(failure { try Safetensors(parsing: Data([1, 2])) }?.code == .tensorFormat)
  }
}
