package import Essentials

/// The digest of everything that can change what an action makes: same key, same result.
package struct ActionKey: Hashable, Sendable, CustomStringConvertible {
  package let digest: Digest

  /// - Parameters:
  ///   - action: what is done, as in `layer`.
  ///   - version: grows whenever the same inputs would give other bytes.
  ///   - inputs: content that goes in, by name.
  ///   - parameters: anything else that bears on the result, by name.
  ///
  /// The digest is that of these texts, each as its length in bytes, a colon and the text itself (so no two lists
  /// of texts give the same bytes): `hardtack action 1`, action, version, the number of inputs, then name and digest of
  /// each input and name and text of each parameter, by bytewise order of the names.
  package init(
    _ action: String, version: Int, inputs: [String: Digest] = [:], parameters: [String: String] = [:]
  ) {
    var texts = ["hardtack action 1", action, String(version), String(inputs.count)]
    for (name, digest) in inputs.sorted(by: { Self.precedes($0.key, $1.key) }) {
      texts += [name, digest.description]
    }
    for (name, text) in parameters.sorted(by: { Self.precedes($0.key, $1.key) }) { texts += [name, text] }
    digest = Digest(of: texts.map { "\($0.utf8.count):\($0)" }.joined())
  }

  private static func precedes(_ a: String, _ b: String) -> Bool { a.utf8.lexicographicallyPrecedes(b.utf8) }

  package var description: String { digest.description }
}

/// What an action made.
package struct ActionResult: Codable, Hashable, Sendable {
  /// The blobs that it made, by name.
  package var outputs: [String: Digest]
  /// What else there is to say of them; short texts.
  package var metadata: [String: String]

  package init(outputs: [String: Digest], metadata: [String: String] = [:]) {
    self.outputs = outputs
    self.metadata = metadata
  }
}
