/// CRC-32C (Castagnoli), bitwise reflected, as the kernel's `crc32c()` computes it.
/// Source: RFC 3720, appendix B.4; the kernel neither starts from nor ends with an inversion of its own.
enum CRC32C {
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0x82F6_3B78 : value >> 1 }
  }

  /// The remainder of `bytes` behind what gave `seed`.
  static func checksum(_ bytes: ArraySlice<UInt8>, seed: UInt32 = .max) -> UInt32 {
    bytes.reduce(seed) { $0 >> 8 ^ table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] }
  }
}
