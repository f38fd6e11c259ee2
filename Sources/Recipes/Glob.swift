import Essentials

/// A pattern for paths of a folder, as in `.gitignore`.
///
/// `*` and `?` stay within a name, `[a-z]` and `[!a-z]` stand for one character, `**` for any number of folders.
/// A pattern without a slash matches a name at any depth, one with a slash a path from the folder down. What is
/// matched takes everything below it along; a slash at the end matches folders only.
///
/// Source: gitignore(5), without negation.
package struct Glob: Sendable, Hashable, CustomStringConvertible {
  package let description: String
  private let segments: [Segment]
  private let isFolderOnly: Bool

  private enum Segment: Hashable {
    case anyDepth
    case name([Token])
  }

  private enum Token: Hashable {
    case byte(UInt8)
    case one
    case many
    case oneOf([ClosedRange<UInt8>], isNegated: Bool)
  }

  /// - Throws: the fault, as it follows the words "is no pattern:".
  init(_ text: String) throws(Fault) {
    description = text
    isFolderOnly = text.hasSuffix("/")
    var parts = text.split(separator: "/", omittingEmptySubsequences: false)
    if isFolderOnly { parts.removeLast() }
    let isAnchored = parts.count > 1
    if parts.first == "" { parts.removeFirst() }
    guard !parts.isEmpty, !parts.contains("") else { throw Fault("a name between its slashes is empty") }
    guard !parts.contains(".."), !parts.contains(".") else { throw Fault("it holds '.' or '..'") }
    var segments: [Segment] = isAnchored ? [] : [.anyDepth]
    for part in parts {
      if part == "**" {
        if segments.last != .anyDepth { segments.append(.anyDepth) }
      } else {
        segments.append(.name(try Self.tokens(Array(part.utf8))))
      }
    }
    self.segments = segments
  }

  struct Fault: Error {
    var text: String
    init(_ text: String) { self.text = text }
  }

  /// Whether `path`, relative to the folder that the pattern is for, or a folder above it, matches.
  /// - Parameter isFolder: whether `path` itself is a folder.
  package func matches(_ path: some StringProtocol, isFolder: Bool = false) -> Bool {
    let names = path.split(separator: "/").map { Array($0.utf8) }
    // reached[i]: the first i segments match the names so far.
    var reached = [Bool](repeating: false, count: segments.count + 1)
    reached[0] = true
    Self.passDepths(segments, &reached)
    for (position, name) in names.enumerated() {
      var next = [Bool](repeating: false, count: segments.count + 1)
      for (index, segment) in segments.enumerated() where reached[index] {
        switch segment {
        case .anyDepth: next[index] = true
        case .name(let tokens): next[index + 1] = next[index + 1] || Self.match(tokens, name)
        }
      }
      // A `**` at the end needs something below the folder in front of it.
      if next.last == true || segments.last == .anyDepth && next[segments.count - 1] {
        let isLast = position == names.count - 1
        if !isFolderOnly || !isLast || isFolder { return true }
      }
      Self.passDepths(segments, &next)
      reached = next
    }
    return false
  }

  /// Lets each `**` that is reached stand for no folder at all.
  private static func passDepths(_ segments: [Segment], _ reached: inout [Bool]) {
    for index in segments.indices
    where reached[index] && segments[index] == .anyDepth && index < segments.count - 1 {
      reached[index + 1] = true
    }
  }

  /// Goes back to the last `*` only, so the time is at most the product of the lengths.
  private static func match(_ tokens: [Token], _ name: [UInt8]) -> Bool {
    var token = 0
    var byte = 0
    var star: (token: Int, byte: Int)?
    while byte < name.count {
      if token < tokens.count, tokens[token] == .many {
        star = (token, byte)
        token += 1
      } else if token < tokens.count, accepts(tokens[token], name[byte]) {
        token += 1
        byte += 1
      } else if let last = star {
        star = (last.token, last.byte + 1)
        token = last.token + 1
        byte = last.byte + 1
      } else {
        return false
      }
    }
    return tokens[token...].allSatisfy { $0 == .many }
  }

  private static func accepts(_ token: Token, _ byte: UInt8) -> Bool {
    switch token {
    case .byte(let wanted): byte == wanted
    case .one, .many: true
    case .oneOf(let ranges, let isNegated): ranges.contains { $0.contains(byte) } != isNegated
    }
  }

  private static func tokens(_ bytes: [UInt8]) throws(Fault) -> [Token] {
    var tokens: [Token] = []
    var index = 0
    while index < bytes.count {
      switch bytes[index] {
      case UInt8(ascii: "*"):
        if tokens.last != .many { tokens.append(.many) }
      case UInt8(ascii: "?"): tokens.append(.one)
      case UInt8(ascii: "["): tokens.append(try set(bytes, &index))
      case UInt8(ascii: "\\"):
        index += 1
        guard index < bytes.count else { throw Fault("nothing follows its backslash") }
        tokens.append(.byte(bytes[index]))
      case let byte: tokens.append(.byte(byte))
      }
      index += 1
    }
    return tokens
  }

  /// Reads `[a-z]`; leaves `index` on the closing bracket.
  private static func set(_ bytes: [UInt8], _ index: inout Int) throws(Fault) -> Token {
    var ranges: [ClosedRange<UInt8>] = []
    var position = index + 1
    let isNegated =
      position < bytes.count && (bytes[position] == UInt8(ascii: "!") || bytes[position] == UInt8(ascii: "^"))
    if isNegated { position += 1 }
    while position < bytes.count, bytes[position] != UInt8(ascii: "]") || ranges.isEmpty {
      let low = bytes[position]
      if position + 2 < bytes.count, bytes[position + 1] == UInt8(ascii: "-"),
        bytes[position + 2] != UInt8(ascii: "]")
      {
        guard low <= bytes[position + 2] else { throw Fault("a range in its brackets runs backwards") }
        ranges.append(low...bytes[position + 2])
        position += 3
      } else {
        ranges.append(low...low)
        position += 1
      }
    }
    guard position < bytes.count else { throw Fault("its '[' isn't closed") }
    index = position
    return .oneOf(ranges, isNegated: isNegated)
  }
}
