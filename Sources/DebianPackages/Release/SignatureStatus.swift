/// What gpgv says of the signatures it looked at, from its status lines (GnuPG's doc/DETAILS).
struct SignatureStatus {
  /// What became of one signature.
  enum Verdict: Equatable {
    case good
    case bad
    case expiredKey
    case expiredSignature
    case revokedKey
    /// No keyring has the key of this identifier.
    case unknownKey(String)
    /// Made by a digest that can be forged.
    case weakDigest
    case other
  }

  struct Signature: Equatable {
    var verdict: Verdict
    /// Of the key that signed.
    var fingerprint = ""
    /// Of the primary key that the signing one belongs to.
    var primary = ""
  }

  private(set) var signatures: [Signature] = []

  /// RFC 9580, section 9.5: MD5, SHA-1 and RIPEMD-160, which apt refuses as well.
  private static let weakDigests: Set<Substring> = ["1", "2", "3"]

  init(_ text: String) {
    for line in text.split(separator: "\n") where line.hasPrefix("[GNUPG:] ") {
      let words = line.dropFirst(9).split(separator: " ")
      switch words.first {
      case "NEWSIG": signatures.append(Signature(verdict: .other))
      case "GOODSIG": settle(.good)
      case "BADSIG": settle(.bad)
      case "EXPKEYSIG": settle(.expiredKey)
      case "EXPSIG": settle(.expiredSignature)
      case "REVKEYSIG": settle(.revokedKey)
      case "NO_PUBKEY": settle(.unknownKey(words.count > 1 ? String(words[1]) : ""))
      case "VALIDSIG": addKey(words)
      default: break
      }
    }
  }

  private mutating func settle(_ verdict: Verdict) {
    // gpgv announces every signature; a verdict without one is a signature all the same.
    if signatures.last?.verdict != .other { signatures.append(Signature(verdict: .other)) }
    signatures[signatures.count - 1].verdict = verdict
  }

  // VALIDSIG FINGERPRINT DATE TIMESTAMP EXPIRES VERSION RESERVED ALGORITHM DIGEST CLASS PRIMARY
  private mutating func addKey(_ words: [Substring]) {
    guard words.count > 8, !signatures.isEmpty else { return }
    signatures[signatures.count - 1].fingerprint = String(words[1])
    signatures[signatures.count - 1].primary = words.count > 10 ? String(words[10]) : String(words[1])
    if Self.weakDigests.contains(words[8]) { signatures[signatures.count - 1].verdict = .weakDigest }
  }

  /// Whether one signature is good, and none bad.
  /// - Parameter fingerprints: the keys that may have made it; any where empty. A fingerprint that ends with
  ///   `!` means that key itself and not its subkeys.
  func isTrusted(_ fingerprints: [String]) -> Bool {
    guard !signatures.contains(where: { $0.verdict == .bad }) else { return false }
    return signatures.contains { signature in
      guard signature.verdict == .good, !signature.fingerprint.isEmpty else { return false }
      return fingerprints.isEmpty
        || fingerprints.contains { wanted in
          wanted == signature.fingerprint + "!" || wanted == signature.fingerprint
            || wanted == signature.primary
        }
    }
  }
}
