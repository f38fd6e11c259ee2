import Essentials

/// A piece of SQL. Its interpolations quote: there's no way to put a value into it unquoted by accident.
///
///     SQL("ALTER DATABASE \(name: database) RENAME TO \(name: copy)")
///     SQL("SELECT 1 FROM pg_database WHERE datname = \(database)")
struct SQL: Sendable, ExpressibleByStringInterpolation {
  var text: String

  init(_ sql: SQL) { self = sql }
  init(stringLiteral text: String) { self.text = text }
  init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }
  init(joining parts: [SQL], by separator: String) {
    text = parts.map(\.text).joined(separator: separator)
  }

  struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var text = ""

    init(literalCapacity: Int, interpolationCount: Int) {}

    mutating func appendLiteral(_ literal: String) { text += literal }
    /// A value, as a string literal.
    mutating func appendInterpolation(_ value: String) { text += SQL.literal(value) }
    mutating func appendInterpolation(_ number: Int) { text += String(number) }
    /// The name of a database, a role or another object, as a quoted identifier.
    mutating func appendInterpolation(name: String) { text += SQL.identifier(name) }
    mutating func appendInterpolation(_ sql: SQL) { text += sql.text }
  }

  /// The string literal whose value is `text`.
  ///
  /// Quoted as libpq's PQescapeLiteral does: quotes and backslashes are doubled, and with a backslash the escape syntax says
  /// so, whatever the server's `standard_conforming_strings`. NUL, which no text in PostgreSQL can hold and at which psql
  /// would end the line, becomes U+FFFD.
  static func literal(_ text: String) -> String {
    let quoted = doubled(text, ["'", "\\"])
    return text.unicodeScalars.contains("\\") ? " E'\(quoted)'" : "'\(quoted)'"
  }

  /// The quoted identifier whose name is `text`; NUL as in ``literal(_:)``.
  static func identifier(_ text: String) -> String { "\"" + doubled(text, ["\""]) + "\"" }

  // By scalars: a quote that is followed by a combining mark is one character with it, and still a quote.
  private static func doubled(_ text: String, _ special: Set<Unicode.Scalar>) -> String {
    var quoted = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      if special.contains(scalar) { quoted.append(scalar) }
      quoted.append(scalar == "\0" ? "\u{FFFD}" : scalar)
    }
    return String(quoted)
  }
}

extension SQL {
  /// The statements as one transaction.
  static func transaction(_ statements: [SQL]) -> SQL {
    SQL(joining: ["BEGIN"] + statements + ["COMMIT"], by: ";\n")
  }

  /// A block of PL/pgSQL.
  /// - Parameters:
  ///   - declarations: each with its semicolon.
  ///   - body: statements, each with its semicolon.
  static func block(declare declarations: SQL = "", _ body: SQL) -> SQL {
    let code = "DECLARE \(declarations.text)\nBEGIN\n\(body.text)\nEND"
    var tag = "$hardtack$"
    var number = 0
    while code.contains(tag) {
      number += 1
      tag = "$hardtack\(number)$"
    }
    return SQL(stringLiteral: "DO \(tag)\n\(code)\n\(tag)")
  }
}
