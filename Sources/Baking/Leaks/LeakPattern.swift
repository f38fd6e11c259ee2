import Essentials

/// What must not lie in an image: a value that is known to be secret, or what looks like a key or a token.
enum LeakPattern: Sendable {
  /// The value of this name; in base64 where so encoded.
  case value(name: String, bytes: [UInt8], isEncoded: Bool)
  case privateKey
  case token(TokenShape)

  /// A token as its issuer documents it: a beginning, and what follows.
  struct TokenShape: Sendable {
    let issuer: String
    let start: String
    /// How many letters, digits and other characters follow at least.
    let count: Int
    /// What may follow beside letters and digits.
    var others = ""
    /// Whether lower-case letters may follow.
    var takesLower = true
  }

  /// Values shorter than this, in bytes, are found everywhere.
  static let leastLength = 8

  /// What is looked for whatever the secrets are.
  ///
  /// Sources: the issuers' documentation; RFC 7468 for keys.
  static let general: [LeakPattern] =
    [.privateKey]
    + [
      TokenShape(issuer: "AWS", start: "AKIA", count: 16, takesLower: false),
      TokenShape(issuer: "AWS", start: "ASIA", count: 16, takesLower: false),
      TokenShape(issuer: "GitHub", start: "ghp_", count: 36),
      TokenShape(issuer: "GitHub", start: "gho_", count: 36),
      TokenShape(issuer: "GitHub", start: "ghu_", count: 36),
      TokenShape(issuer: "GitHub", start: "ghs_", count: 36),
      TokenShape(issuer: "GitHub", start: "ghr_", count: 36),
      TokenShape(issuer: "GitHub", start: "github_pat_", count: 60, others: "_"),
      TokenShape(issuer: "GitLab", start: "glpat-", count: 20, others: "_-"),
      TokenShape(issuer: "Slack", start: "xoxb-", count: 24, others: "-"),
      TokenShape(issuer: "Slack", start: "xoxp-", count: 24, others: "-"),
      TokenShape(issuer: "Slack", start: "xoxa-", count: 24, others: "-"),
      TokenShape(issuer: "Slack", start: "xoxr-", count: 24, others: "-"),
      TokenShape(issuer: "Slack", start: "xoxs-", count: 24, others: "-"),
      TokenShape(issuer: "Google", start: "AIza", count: 35, others: "_-"),
      TokenShape(issuer: "Stripe", start: "sk_live_", count: 24),
    ].map { .token($0) }

  /// A value as it may stand in a file: as it is, and wherever base64 of a longer text holds it.
  static func patterns(of name: String, _ value: Secret) -> [LeakPattern] {
    var bytes = value.reveal()[...]
    let isBlank: (UInt8) -> Bool = { $0 == 32 || (9...13).contains($0) }
    while let last = bytes.last, isBlank(last) { bytes.removeLast() }
    while let first = bytes.first, isBlank(first) { bytes.removeFirst() }
    guard bytes.count >= leastLength else { return [] }
    let plain = LeakPattern.value(name: name, bytes: Array(bytes), isEncoded: false)
    let encoded = Set((0...2).flatMap { Base64Core.texts(of: Array(bytes), behind: $0) })
    return [plain] + encoded.map { .value(name: name, bytes: $0, isEncoded: true) }
  }

  /// The bytes that every place of it begins with, four at least.
  var start: [UInt8] {
    switch self {
    case .value(_, let bytes, _): bytes
    case .privateKey: Array("PRIVATE KEY-----".utf8)
    case .token(let shape): Array(shape.start.utf8)
    }
  }

  var isKnownValue: Bool { if case .value = self { true } else { false } }

  /// What messages call it; never the value.
  var label: String {
    switch self {
    case .value(let name, _, false): "the value of '\(name)'"
    case .value(let name, _, true): "the value of '\(name)' in base64"
    case .privateKey: "a private key"
    case .token(let shape): "what looks like a token of \(shape.issuer)'s"
    }
  }

  /// Whether it stands at `place`, where its start does.
  func stands(at place: Int, in bytes: UnsafeRawBufferPointer) -> Bool {
    let start = start
    guard place >= 0, start.count <= bytes.count - place,
      bytes[place..<place + start.count].elementsEqual(start)
    else { return false }
    switch self {
    case .value: return true
    case .privateKey: return Self.isKey(bytes, at: place, behind: place + start.count)
    case .token(let shape): return shape.continues(at: place + start.count, in: bytes, from: place)
    }
  }

  /// Programs that read keys hold the line alone; a key's own text follows it.
  private static func isKey(_ bytes: UnsafeRawBufferPointer, at place: Int, behind end: Int) -> Bool {
    let before = bytes[max(0, place - 32)..<place]
    guard ByteSearch.first(Array("-----BEGIN ".utf8), in: Array(before)) != nil else { return false }
    var run = 0
    for byte in bytes[end..<min(bytes.count, end + 400)] {
      // A line break may stand as \n in a string.
      let isText =
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 43
        || byte == 47
      run = isText ? run + 1 : 0
      if run >= 40 { return true }
      if byte == UInt8(ascii: "-") && run == 0 && bytes[end...].prefix(6).contains(byte) { return false }
      if byte == 0 { return false }
    }
    return false
  }
}

extension LeakPattern.TokenShape {
  fileprivate func continues(at place: Int, in bytes: UnsafeRawBufferPointer, from start: Int) -> Bool {
    // In the middle of a word it's another text's part.
    if start > 0, Self.isAlphanumeric(bytes[start - 1]) { return false }
    guard count <= bytes.count - place else { return false }
    let others = Array(others.utf8)
    func fits(_ byte: UInt8) -> Bool {
      (takesLower || !(97...122).contains(byte)) && Self.isAlphanumeric(byte) || others.contains(byte)
    }
    guard bytes[place..<place + count].allSatisfy(fits) else { return false }
    let text = bytes[place..<place + count]
    // A sample of one letter over and over is no token; AWS's are of one length.
    guard Set(text).count > 6 else { return false }
    return takesLower || place + count == bytes.count || !Self.isAlphanumeric(bytes[place + count])
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
  }
}

/// The part of a base64 text that is the same whatever stands before and behind the bytes that it encodes.
enum Base64Core {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)

  /// That part in both alphabets.
  /// - Parameter lead: how many bytes stand before, modulo three.
  /// Source: RFC 4648, sections 4 and 5.
  static func texts(of bytes: [UInt8], behind lead: Int) -> [[UInt8]] {
    let all = [UInt8](repeating: 0, count: lead) + bytes
    let count = all.count * 8 / 6
    let skipped = (lead * 8 + 5) / 6
    return ["+/", "-_"].map { ends in
      let alphabet = alphabet + Array(ends.utf8)
      return (skipped..<count).map { index in
        let bit = index * 6
        let first = UInt16(all[bit / 8]) << 8
        let second = bit / 8 + 1 < all.count ? UInt16(all[bit / 8 + 1]) : 0
        return alphabet[Int((first | second) >> UInt16(10 - bit % 8)) & 63]
      }
    }
  }
}
