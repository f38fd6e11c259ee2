/// The SHA-256 of some bytes: the name of everything that the store holds.
///
/// Written as `sha256:` and 64 lower-case hexadecimal digits, as in the OCI image specification.
package struct Digest: Hashable, Sendable, Comparable, CustomStringConvertible {
  private let words: (UInt64, UInt64, UInt64, UInt64)

  /// The digest whose 32 bytes are given.
  /// - Precondition: `bytes` holds 32 bytes.
  package init(bytes: [UInt8]) {
    precondition(bytes.count == 32, "a SHA-256 has 32 bytes")
    func word(_ start: Int) -> UInt64 {
      bytes[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) }
    }
    words = (word(0), word(8), word(16), word(24))
  }

  /// The digest that `text` spells, or nil where it isn't `sha256:` and 64 lower-case digits.
  package init?(_ text: some StringProtocol) {
    // By bytes: a store has many thousands of them in its records.
    var text = String(text)
    let found = text.withUTF8 { (bytes) -> Digest? in
      guard bytes.count == 71, bytes[..<7].elementsEqual("sha256:".utf8) else { return nil }
      return Digest(hexadecimal: UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[7...]))
    }
    guard let found else { return nil }
    self = found
  }

  /// The digest that 64 lower-case hexadecimal digits spell, as apt and pip write a SHA-256; else nil.
  package init?(hexadecimal text: some StringProtocol) {
    var text = String(text)
    guard let found = text.withUTF8({ Digest(hexadecimal: UnsafeRawBufferPointer($0)) }) else { return nil }
    self = found
  }

  /// The digest that 64 lower-case digits spell, as bytes: a folder of many thousands of names is read by it.
  package init?(hexadecimal name: UnsafeRawBufferPointer) {
    guard name.count == 64 else { return nil }
    var words: [4 of UInt64] = .init(repeating: 0)
    for index in 0..<64 {
      let digit: UInt8
      switch name[index] {
      case let byte where (48...57).contains(byte): digit = byte - 48
      case let byte where (97...102).contains(byte): digit = byte - 87
      default: return nil
      }
      words[index / 16] = words[index / 16] << 4 | UInt64(digit)
    }
    self.words = (words[0], words[1], words[2], words[3])
  }

  /// The SHA-256 of `bytes`.
  package init(of bytes: some Sequence<UInt8>) {
    var hasher = SHA256()
    if bytes.withContiguousStorageIfAvailable({ hasher.update(UnsafeRawBufferPointer($0)) }) == nil {
      hasher.update(Array(bytes))
    }
    self = hasher.finalize()
  }

  /// The SHA-256 of the UTF-8 of `text`.
  package init(of text: String) { self.init(of: Array(text.utf8)) }

  package var bytes: [UInt8] {
    [words.0, words.1, words.2, words.3].flatMap { word in
      stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: word >> $0) }
    }
  }

  /// The 64 hexadecimal digits, without the algorithm.
  package var hexadecimal: String { Hexadecimal.text(bytes) }

  /// The first 12 digits: enough for a person to tell images apart.
  package var short: String { String(hexadecimal.prefix(12)) }

  package var description: String { "sha256:" + hexadecimal }

  package static func == (a: Digest, b: Digest) -> Bool { a.words == b.words }
  package static func < (a: Digest, b: Digest) -> Bool { a.words < b.words }
  package func hash(into hasher: inout Hasher) {
    // A part of it is as good as all of it, and it's done for very many.
    hasher.combine(words.0)
  }
}

extension Digest: Codable {
  package init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self)
    guard let digest = Digest(text) else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "'\(text)' is no sha256 digest"))
    }
    self = digest
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
