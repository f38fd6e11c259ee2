/// A number of bytes as people read it.
package struct ByteCount: CustomStringConvertible, Sendable {
  package let bytes: Int64

  package init(_ bytes: some BinaryInteger) { self.bytes = Int64(clamping: bytes) }

  /// Decimal units, three digits at most: `512 B`, `9.6 MB`, `127 MB`.
  package var description: String {
    guard bytes >= 1000 else { return "\(bytes) B" }
    var value = Double(bytes)
    var unit = 0
    let units = ["B", "kB", "MB", "GB", "TB", "PB"]
    while value >= 999.5, unit < units.count - 1 {
      value /= 1000
      unit += 1
    }
    if value < 9.95 {
      let tenths = Int((value * 10).rounded())
      return "\(tenths / 10).\(tenths % 10) \(units[unit])"
    }
    return "\(Int(value.rounded())) \(units[unit])"
  }
}
