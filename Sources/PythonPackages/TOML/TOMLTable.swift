package import Essentials

/// A table of a document, asked for values of the types that are expected.
package struct TOMLTable: Sendable {
  let document: TOMLDocument
  let node: TOMLDocument.Node

  /// Where it begins.
  package var location: Diagnostic.Location { document.location(of: node) }

  private var entries: [[UInt8]: TOMLDocument.Node] {
    guard case .table(let entries) = document.nodes[node].value else { return [:] }
    return entries
  }

  /// Its keys, in the order of the text.
  package var keys: [String] {
    entries.sorted { $0.value < $1.value }.map { String(decoding: $0.key, as: UTF8.self) }
  }

  package func has(_ key: String) -> Bool { entries[Array(key.utf8)] != nil }

  /// Where the value of `key` stands; where the table does, if it has no such key.
  package func location(of key: String) -> Diagnostic.Location {
    entries[Array(key.utf8)].map(document.location) ?? location
  }

  package func string(_ key: String) throws(Diagnostic) -> String? {
    guard let node = entries[Array(key.utf8)] else { return nil }
    return try string(node, key)
  }

  package func boolean(_ key: String) throws(Diagnostic) -> Bool? {
    guard let node = entries[Array(key.utf8)] else { return nil }
    guard case .boolean(let flag) = document.nodes[node].value else {
      throw wrong(node, key, "true or false")
    }
    return flag
  }

  package func integer(_ key: String) throws(Diagnostic) -> Int64? {
    guard let node = entries[Array(key.utf8)] else { return nil }
    guard case .integer(let number) = document.nodes[node].value else {
      throw wrong(node, key, "a whole number")
    }
    return number
  }

  package func table(_ key: String) throws(Diagnostic) -> TOMLTable? {
    guard let node = entries[Array(key.utf8)] else { return nil }
    return try table(node, key)
  }

  /// The tables of an array; none where there's no such key.
  package func tables(_ key: String) throws(Diagnostic) -> [TOMLTable] {
    var tables: [TOMLTable] = []
    for node in try elements(key) { tables.append(try table(node, key)) }
    return tables
  }

  /// The strings of an array; none where there's no such key.
  package func strings(_ key: String) throws(Diagnostic) -> [String] {
    var strings: [String] = []
    for node in try elements(key) { strings.append(try string(node, key)) }
    return strings
  }

  /// The tables that `key` stands for, whether it is one or an array of them; a value of another type is
  /// left out.
  package func anyTables(_ key: String) -> [TOMLTable] {
    guard let node = entries[Array(key.utf8)] else { return [] }
    switch document.nodes[node].value {
    case .table: return [TOMLTable(document: document, node: node)]
    case .array(let elements):
      return elements.compactMap { element in
        guard case .table = document.nodes[element].value else { return nil }
        return TOMLTable(document: document, node: element)
      }
    default: return []
    }
  }

  /// Whether the value of `key` is a table.
  package func isTable(_ key: String) -> Bool {
    guard let node = entries[Array(key.utf8)], case .table = document.nodes[node].value else { return false }
    return true
  }

  /// The diagnostic that says what is wrong with the value of `key`.
  package func refusal(_ key: String, _ message: String, hints: [String] = []) -> Diagnostic {
    Diagnostic(.usage, message, at: location(of: key), hints: hints)
  }

  private func elements(_ key: String) throws(Diagnostic) -> [TOMLDocument.Node] {
    guard let node = entries[Array(key.utf8)] else { return [] }
    guard case .array(let elements) = document.nodes[node].value else { throw wrong(node, key, "an array") }
    return elements
  }

  private func string(_ node: TOMLDocument.Node, _ key: String) throws(Diagnostic) -> String {
    guard case .string(let text) = document.nodes[node].value else { throw wrong(node, key, "a string") }
    return text
  }

  private func table(_ node: TOMLDocument.Node, _ key: String) throws(Diagnostic) -> TOMLTable {
    guard case .table = document.nodes[node].value else { throw wrong(node, key, "a table") }
    return TOMLTable(document: document, node: node)
  }

  private func wrong(_ node: TOMLDocument.Node, _ key: String, _ expected: String) -> Diagnostic {
    Diagnostic(
      .usage, "'\(key)' must be \(expected), not \(document.nodes[node].value.kind)",
      at: document.location(of: node))
  }
}
