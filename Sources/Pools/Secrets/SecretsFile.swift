import Essentials
import FoundationEssentials

/// The two forms that values are written in: a JSON object of texts, or lines.
///
/// Lines are `KEY=VALUE`, an `export` before it as in shells; blank lines and those that begin with `#` say nothing. A
/// value in single quotes is taken as it is; in double quotes, `\n`, `\t`, `\"`, `\\` and `\$` are escapes; without
/// quotes, it ends at the line's end or at a blank and `#`. Nothing is ever expanded.
enum SecretsFile {
  static func parse(_ bytes: [UInt8], name: String) throws(Diagnostic) -> [String: Secret] {
    let first = bytes.first { !" \t\r\n".utf8.contains($0) }
    if first == UInt8(ascii: "{") {
      guard let object = try? JSONDecoder().decode([String: String].self, from: Data(bytes)) else {
        throw Diagnostic(
          .usage, "the secrets are no JSON object of texts", at: .init(file: name),
          hints: ["write {\"name\": \"value\"}, without nested objects, numbers or lists"])
      }
      return object.mapValues { Secret($0) }
    }
    var values: [String: Secret] = [:]
    for (index, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .enumerated()
    {
      let location = Diagnostic.Location(file: name, line: index + 1)
      guard let (key, value) = try entry(trimmed(line), at: location) else { continue }
      guard values.updateValue(Secret(value), forKey: key) == nil else {
        throw Diagnostic(.usage, "the secret '\(key)' is given twice", at: location)
      }
    }
    return values
  }

  private static func entry(
    _ line: ArraySlice<UInt8>, at location: Diagnostic.Location
  ) throws(Diagnostic) -> (String, [UInt8])? {
    guard let first = line.first, first != UInt8(ascii: "#") else { return nil }
    var line = line
    if line.starts(with: "export ".utf8) { line = trimmed(line.dropFirst(7)) }
    guard let equals = line.firstIndex(of: UInt8(ascii: "=")) else {
      throw Diagnostic(
        .usage, "the line is neither KEY=VALUE nor a comment", at: location,
        hints: ["its text isn't shown: it may be a secret"])
    }
    let key = trimmed(line[..<equals])
    guard !key.isEmpty, key.allSatisfy({ isName($0) }) else {
      throw Diagnostic(.usage, "the text before '=' is no name of letters, digits and '_'", at: location)
    }
    let value = trimmed(line[(equals + 1)...])
    return (String(decoding: key, as: UTF8.self), try Self.value(value, at: location))
  }

  private static func value(
    _ text: ArraySlice<UInt8>, at location: Diagnostic.Location
  ) throws(Diagnostic) -> [UInt8] {
    guard let quote = text.first, quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else {
      let comment = text.indices.first { index in
        text[index] == UInt8(ascii: "#") && index > text.startIndex && " \t".utf8.contains(text[index - 1])
      }
      return Array(trimmed(text[..<(comment ?? text.endIndex)]))
    }
    var value: [UInt8] = []
    var index = text.startIndex + 1
    while index < text.endIndex {
      let byte = text[index]
      if byte == quote {
        let rest = trimmed(text[(index + 1)...])
        guard rest.isEmpty || rest.first == UInt8(ascii: "#") else {
          throw Diagnostic(.usage, "there is text behind the closing quote", at: location)
        }
        return value
      }
      if byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "\""), index + 1 < text.endIndex {
        index += 1
        switch text[index] {
        case UInt8(ascii: "n"): value.append(10)
        case UInt8(ascii: "t"): value.append(9)
        case let other where "\"\\$".utf8.contains(other): value.append(other)
        case let other: value += [byte, other]
        }
      } else {
        value.append(byte)
      }
      index += 1
    }
    throw Diagnostic(
      .usage, "the quote isn't closed on its line", at: location,
      hints: ["write a line feed as \\n in double quotes, or use a JSON object"])
  }

  private static func isName(_ byte: UInt8) -> Bool {
    (97...122).contains(byte) || (65...90).contains(byte) || (48...57).contains(byte)
      || byte == UInt8(ascii: "_")
  }

  private static func trimmed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var text = text
    while let first = text.first, " \t\r".utf8.contains(first) { text.removeFirst() }
    while let last = text.last, " \t\r".utf8.contains(last) { text.removeLast() }
    return text
  }
}
