import Essentials

/// The certificate authorities in Java's own form, which say of each certificate when it was put in.
///
/// Format JKS, version 2, big-endian: magic, version, the number of entries; of each its kind, alias, time in milliseconds and, of a
/// certificate, type and bytes; at the end SHA-1 over the password in UTF-16, a fixed text, and all before.
/// Source: OpenJDK's `sun.security.provider.JavaKeyStore`.
enum JavaKeyStore {
  private static let magic: [UInt8] = [0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2]
  private static let certificate = 2
  private static let digestSize = 20
  /// Debian's; whoever sets another keeps the times.
  private static let password = Array(
    "changeit".utf16.flatMap { [UInt8($0 >> 8), UInt8(truncatingIfNeeded: $0)] })

  /// The same store with one time for all certificates.
  /// - Parameter epoch: in seconds since 1970.
  /// - Returns: nil where `bytes` are no such store of certificates alone, or have another password.
  static func neutralised(_ bytes: [UInt8], epoch: Int64) -> [UInt8]? {
    guard bytes.starts(with: magic), bytes.count > magic.count + 4 + digestSize else { return nil }
    var content = Array(bytes.dropLast(digestSize))
    guard digest(of: content) == Array(bytes.suffix(digestSize)) else { return nil }
    var position = magic.count
    func number(_ size: Int) -> Int? {
      guard position + size <= content.count else { return nil }
      defer { position += size }
      return content[position..<position + size].reduce(0) { $0 << 8 | Int($1) }
    }
    guard let count = number(4) else { return nil }
    let time = (0..<8).map { UInt8(truncatingIfNeeded: (epoch * 1000) >> (56 - 8 * $0)) }
    for _ in 0..<count {
      guard number(4) == certificate, let alias = number(2) else { return nil }
      let place = position + alias
      guard place + 8 <= content.count else { return nil }
      content.replaceSubrange(place..<place + 8, with: time)
      position = place + 8
      guard let type = number(2) else { return nil }
      position += type
      guard let size = number(4) else { return nil }
      position += size
    }
    guard position == content.count else { return nil }
    return content + digest(of: content)
  }

  private static func digest(of content: [UInt8]) -> [UInt8] {
    SHA1.digest(of: password + Array("Mighty Aphrodite".utf8) + content)
  }
}
