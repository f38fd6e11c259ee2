/// A version's bytes cut into its parts, and dpkg's order over them.
///
/// The algorithm is dpkg's (`lib/dpkg/version.c`, deb-version(7)); nothing is copied or allocated, since a
/// package index is compared tens of thousands of times.
struct VersionParts {
  let epoch: Int32
  let upstream: Bytes
  let revision: Bytes?
  private let whole: Bytes

  /// As it was written.
  var text: String { String(decoding: whole, as: UTF8.self) }

  /// Cuts `bytes`, which need not be a valid version: an epoch that is no number counts as 0.
  init(_ bytes: Bytes) {
    whole = bytes
    var rest = bytes
    if let colon = rest.firstIndex(of: UInt8(ascii: ":")) {
      epoch = Self.number(rest[..<colon]) ?? 0
      rest = rest[(colon + 1)...]
    } else {
      epoch = 0
    }
    if let hyphen = rest.lastIndex(of: UInt8(ascii: "-")) {
      upstream = rest[..<hyphen]
      revision = rest[(hyphen + 1)...]
    } else {
      upstream = rest
      revision = nil
    }
  }

  /// Negative, 0 or positive as this is lower than, equal to or higher than `other`.
  func compare(_ other: VersionParts) -> Int {
    if epoch != other.epoch { return epoch < other.epoch ? -1 : 1 }
    let order = Self.compare(upstream, other.upstream)
    if order != 0 { return order }
    return Self.compare(revision ?? upstream.prefix(0), other.revision ?? other.upstream.prefix(0))
  }

  /// Equal versions have equal hashes: runs of digits lose their leading zeros, and a last 0 that only its
  /// absence equals is left out.
  func hash(into hasher: inout Hasher) {
    hasher.combine(epoch)
    Self.hash(upstream, into: &hasher)
    Self.hash(revision ?? upstream.prefix(0), into: &hasher)
  }

  // Alternating runs without and with digits. Runs without digits compare by weight, byte by byte, the
  // end counting 0; runs of digits compare as numbers of any length.
  private static func compare(_ a: Bytes, _ b: Bytes) -> Int {
    var i = a.startIndex
    var j = b.startIndex
    while i < a.endIndex || j < b.endIndex {
      while (i < a.endIndex && !a[i].isDigit) || (j < b.endIndex && !b[j].isDigit) {
        let mine = i < a.endIndex ? weight(a[i]) : 0
        let theirs = j < b.endIndex ? weight(b[j]) : 0
        if mine != theirs { return mine - theirs }
        i += 1
        j += 1
      }
      while i < a.endIndex, a[i] == UInt8(ascii: "0") { i += 1 }
      while j < b.endIndex, b[j] == UInt8(ascii: "0") { j += 1 }
      var firstDifference = 0
      while i < a.endIndex, j < b.endIndex, a[i].isDigit, b[j].isDigit {
        if firstDifference == 0 { firstDifference = Int(a[i]) - Int(b[j]) }
        i += 1
        j += 1
      }
      if i < a.endIndex, a[i].isDigit { return 1 }
      if j < b.endIndex, b[j].isDigit { return -1 }
      if firstDifference != 0 { return firstDifference }
    }
    return 0
  }

  private static func weight(_ byte: UInt8) -> Int {
    if byte.isDigit { return 0 }
    if byte.isLetter { return Int(byte) }
    if byte == UInt8(ascii: "~") { return -1 }
    return Int(byte) + 256
  }

  private static func hash(_ part: Bytes, into hasher: inout Hasher) {
    var i = part.startIndex
    while i < part.endIndex {
      let word = i
      while i < part.endIndex, !part[i].isDigit { i += 1 }
      let isWordless = word == i
      for byte in part[word..<i] { hasher.combine(byte) }
      while i < part.endIndex, part[i] == UInt8(ascii: "0") { i += 1 }
      let number = i
      while i < part.endIndex, part[i].isDigit { i += 1 }
      if isWordless, number == i { continue }
      hasher.combine(UInt8(0))
      for byte in part[number..<i] { hasher.combine(byte) }
      hasher.combine(UInt8(0))
    }
    hasher.combine(UInt8(255))
  }

  private static func number(_ digits: some Collection<UInt8>) -> Int32? {
    guard !digits.isEmpty, digits.count <= 16 else { return nil }
    var value: Int64 = 0
    for digit in digits {
      guard digit.isDigit else { return nil }
      value = value * 10 + Int64(digit - UInt8(ascii: "0"))
    }
    return Int32(exactly: value)
  }
}

extension VersionParts {
  /// Why dpkg would refuse `bytes` as a version; nil where it wouldn't. A version that doesn't start with
  /// a digit is accepted, as dpkg does with a warning.
  static func fault(in bytes: [UInt8]) -> String? {
    guard !bytes.isEmpty else { return "it is empty" }
    guard bytes.count <= 1024 else { return "it is longer than 1024 bytes" }
    if bytes.contains(where: \.isWhitespace) { return "it has embedded spaces" }
    var rest = bytes[...]
    if let colon = rest.firstIndex(of: UInt8(ascii: ":")) {
      guard colon > rest.startIndex else { return "its epoch is empty" }
      guard number(rest[..<colon]) != nil else { return "its epoch is no number from 0 to 2147483647" }
      rest = rest[(colon + 1)...]
      guard !rest.isEmpty else { return "nothing follows the colon" }
    }
    if let hyphen = rest.lastIndex(of: UInt8(ascii: "-")) {
      let revision = rest[(hyphen + 1)...]
      rest = rest[..<hyphen]
      guard !revision.isEmpty else { return "its revision is empty" }
      guard revision.allSatisfy({ isAllowed($0) }) else { return "its revision has an invalid character" }
    }
    guard !rest.isEmpty else { return "its upstream version is empty" }
    guard
      rest.allSatisfy({ isAllowed($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ":") })
    else { return "its upstream version has an invalid character" }
    return nil
  }

  /// Whether an index may call something a version: apt checks no more than that.
  static func isAcceptable(_ bytes: Bytes) -> Bool {
    !bytes.isEmpty && bytes.count <= 1024 && !bytes.contains { $0 <= 32 || $0 >= 127 }
  }

  private static func isAllowed(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "."), UInt8(ascii: "+"), UInt8(ascii: "~"): true
    default: byte.isAlphanumeric
    }
  }
}
