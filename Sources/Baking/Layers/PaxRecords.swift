/// The records of a tar entry's extended header.
///
/// Source: IEEE Std 1003.1-2017 (POSIX), pax, "pax Extended Header"; `SCHILY.xattr.` is star's, and
/// understood by GNU tar, libarchive and Go.
struct PaxRecords {
  private(set) var bytes: [UInt8] = []

  var isEmpty: Bool { bytes.isEmpty }

  /// Adds `LENGTH KEY=VALUE\n`, where the length counts itself.
  mutating func add(_ key: some Collection<UInt8>, _ value: some Collection<UInt8>) {
    let rest = key.count + value.count + 3
    var length = rest + 1
    while rest + Self.digits(length) != length { length = rest + Self.digits(length) }
    bytes.append(contentsOf: String(length).utf8)
    bytes.append(UInt8(ascii: " "))
    bytes.append(contentsOf: key)
    bytes.append(UInt8(ascii: "="))
    bytes.append(contentsOf: value)
    bytes.append(UInt8(ascii: "\n"))
  }

  mutating func add(_ key: String, _ value: Int64) { add(key.utf8, String(value).utf8) }

  /// Adds a comment that makes the records `count` bytes in all.
  /// - Precondition: at least 16 bytes are missing.
  mutating func pad(to count: Int) {
    let length = count - bytes.count
    let filler = length - Self.digits(length) - " comment=\n".utf8.count
    precondition(length >= 16)
    bytes.append(contentsOf: "\(length) comment=".utf8)
    bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: filler))
    bytes.append(UInt8(ascii: "\n"))
  }

  private static func digits(_ number: Int) -> Int {
    var rest = number
    var count = 1
    while rest >= 10 {
      rest /= 10
      count += 1
    }
    return count
  }
}
