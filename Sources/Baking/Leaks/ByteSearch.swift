import Glibc

/// Finding bytes among bytes.
enum ByteSearch {
  /// Where `part` first stands in `bytes`.
  static func first(_ part: [UInt8], in bytes: [UInt8]) -> Int? {
    bytes.withUnsafeBytes { bytes in part.withUnsafeBytes { first($0, in: bytes) } }
  }

  static func first(_ part: UnsafeRawBufferPointer, in bytes: UnsafeRawBufferPointer) -> Int? {
    guard let base = bytes.baseAddress, let wanted = part.baseAddress else { return nil }
    var start = 0
    while start <= bytes.count - part.count {
      guard let found = memchr(base + start, Int32(part[0]), bytes.count - part.count - start + 1) else {
        return nil
      }
      start = UnsafeRawPointer(found) - base
      if memcmp(base + start, wanted, part.count) == 0 { return start }
      start += 1
    }
    return nil
  }

  /// The first place where two texts differ, among the bytes that both have.
  static func firstDifference(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Int? {
    let common = min(a.count, b.count)
    guard common > 0, let first = a.baseAddress, let second = b.baseAddress,
      memcmp(first, second, common) != 0
    else {
      return nil
    }
    return (0..<common).first { a[$0] != b[$0] }
  }
}
