package import Essentials

/// The bytes of one package index (a `Packages` file, unpacked), which live as long as what was read from
/// them.
package final class IndexText: Sendable {
  // The memory is read-only after init and lives as long as this object, which owns it or the mapping.
  nonisolated(unsafe) let buffer: UnsafeBufferPointer<UInt8>
  private let mapping: MappedFile?

  /// An index in memory; the bytes are copied.
  package init(_ bytes: some Collection<UInt8>) {
    let memory = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: max(1, bytes.count))
    _ = memory.update(fromContentsOf: bytes)
    buffer = UnsafeBufferPointer(rebasing: memory[..<bytes.count])
    mapping = nil
  }

  /// An index in a file.
  package init(_ file: MappedFile) {
    buffer = file.withBytes { $0.assumingMemoryBound(to: UInt8.self) }
    mapping = file
  }

  deinit {
    if mapping == nil { buffer.deallocate() }
  }

  subscript(range: TextRange) -> Bytes {
    buffer[Int(range.start)..<Int(range.start) + Int(range.count)]
  }

  /// The range of `slice`, which is part of this text.
  static func range(_ slice: Bytes) -> TextRange {
    TextRange(start: UInt32(slice.startIndex), count: UInt32(slice.count))
  }
}

/// Part of an index's text.
struct TextRange: Sendable, Equatable {
  var start: UInt32
  var count: UInt32

  static let none = TextRange(start: 0, count: 0)
  var isEmpty: Bool { count == 0 }
}
