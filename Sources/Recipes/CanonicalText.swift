import Essentials

/// A text in which every field's length stands before it, so that two different sets of fields never have the
/// same digest.
struct CanonicalText {
  private var bytes: [UInt8] = []

  /// - Parameter format: what the fields are and in which version; another digest for another format.
  init(_ format: String) { add(format) }

  var digest: Digest { Digest(of: bytes) }

  mutating func add(_ text: String) {
    bytes += Array("\(text.utf8.count):\(text)\n".utf8)
  }

  /// A list in its own order.
  mutating func add(_ key: String, inOrder texts: [String]) {
    add(key)
    add(String(texts.count))
    for text in texts { add(text) }
  }

  /// A set: order and repetition don't count.
  mutating func add(_ key: String, anyOrder texts: [String]) {
    add(key, inOrder: Set(texts).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
  }
}
