import Essentials
import SystemPackage

extension Field {
  /// A user's or group's name as adduser takes it, or a number in quotes.
  func account() throws(Diagnostic) -> String {
    let text = try text().value
    let bytes = Array(text.utf8)
    let isName =
      bytes.count <= 32 && (bytes.first.map { Self.isLower($0) || $0 == UInt8(ascii: "_") } ?? false)
      && bytes.allSatisfy {
        Self.isLower($0) || Self.isDigit($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
      }
    let isNumber = bytes.count <= 9 && bytes.allSatisfy(Self.isDigit)
    guard isName || isNumber else {
      throw wrong(
        "must be a user's or group's name, not '\(text)'",
        hint: "a name has lower-case letters, digits, '-' and '_', and begins with a letter or '_'")
    }
    return text
  }

  /// Permissions: three or four octal digits in quotes, for YAML readers differ on `0644` without them.
  func mode() throws(Diagnostic) -> FilePermissions {
    if case .scalar(let text, isPlain: true) = node.content, PlainScalar(text) == .number {
      throw wrong("must be octal digits in quotes, not a number", hint: "write \"\(text)\"")
    }
    let text = try text().value
    guard (3...4).contains(text.utf8.count), let value = CModeT(text, radix: 8), !text.hasPrefix("+") else {
      throw wrong("must be three or four octal digits, not '\(text)'", hint: "write for example \"0644\"")
    }
    return FilePermissions(rawValue: value)
  }

  /// A word of lower-case letters, digits and the given other characters, a letter or digit first.
  func word(_ what: String, also others: String, atMost limit: Int) throws(Diagnostic) -> String {
    let text = try text().value
    let bytes = Array(text.utf8)
    guard bytes.count <= limit, bytes.first.map({ Self.isLower($0) || Self.isDigit($0) }) == true,
      bytes.allSatisfy({ Self.isLower($0) || Self.isDigit($0) || others.utf8.contains($0) })
    else {
      let extras = others.map { "'\($0)'" }.joined(separator: ", ")
      throw wrong(
        "must be \(what), not '\(text)'",
        hint: "use lower-case letters, digits and \(extras), \(limit) at most, a letter or a digit first")
    }
    return text
  }

  /// An absolute, normalised path of the image.
  func destination() throws(Diagnostic) -> FilePath {
    let text = try text().value
    guard text.hasPrefix("/") else {
      throw wrong("must be an absolute path, not '\(text)'", hint: "write '/\(text)'")
    }
    let parts = text.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
    guard !parts.contains(".."), !parts.contains(".") else {
      throw wrong("may not hold '.' or '..': '\(text)'")
    }
    let path = FilePath(text).lexicallyNormalized()
    guard path.string == text else {
      throw wrong("isn't in its shortest form: '\(text)'", hint: "write '\(path)'")
    }
    guard text != "/" else { throw wrong("can't be the root folder") }
    guard text.utf8.count <= 1024, parts.allSatisfy({ $0.utf8.count <= 255 }) else {
      throw wrong("is too long a path")
    }
    return path
  }

  private static func isLower(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
  }
  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }
}

extension FilePermissions {
  /// Four octal digits.
  var octal: String {
    let digits = String(rawValue, radix: 8)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }
}
