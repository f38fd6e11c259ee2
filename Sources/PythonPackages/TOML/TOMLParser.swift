import Essentials

/// Reads the statements of a TOML document; values and keys are read by the extensions.
struct TOMLParser {
  /// What is remembered of a table or an array while the document is read, to tell what may still be added to it.
  enum Origin: Equatable {
    /// It came about as part of the header of another.
    case implied
    /// A header names it.
    case header
    /// Dotted keys of this section made it: others may not add to it.
    case dotted(section: Int)
    /// It's a value, and is as it is.
    case value
  }

  let bytes: [UInt8]
  let file: String
  var position = 0
  var line = 1
  var lineStart = 0
  var nodes: [TOMLDocument.Entry] = []
  var origins: [TOMLDocument.Node: Origin] = [:]
  /// How many headers and inline tables have begun.
  var sections = 0

  init(_ bytes: [UInt8], file: String) {
    self.bytes = bytes
    self.file = file
  }

  mutating func parse() throws(Diagnostic) -> [TOMLDocument.Entry] {
    try requireUTF8()
    var current = add(.table([:]), origin: .header)
    var section = sections
    while true {
      skipBlanks()
      guard let byte = peek() else { return nodes }
      switch byte {
      case UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "#"): break
      case UInt8(ascii: "["):
        current = try header()
        section = sections
      default: try pair(in: current, section: section, depth: 0)
      }
      try endLine()
    }
  }

  private func requireUTF8() throws(Diagnostic) {
    guard String(validating: bytes, as: UTF8.self) == nil else { return }
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    let bad = lines.firstIndex { String(validating: $0, as: UTF8.self) == nil } ?? 0
    throw Diagnostic(
      .usage, "\(file) isn't UTF-8 text", at: Diagnostic.Location(file: file, line: bad + 1))
  }

  // MARK: Headers

  private mutating func header() throws(Diagnostic) -> TOMLDocument.Node {
    let start = position
    position += 1
    let isArray = peek() == UInt8(ascii: "[")
    if isArray { position += 1 }
    skipBlanks()
    let key = try dottedKey()
    guard take("]"), !isArray || take("]") else { throw expected(isArray ? "']]'" : "']'") }
    sections += 1
    var table = 0
    for part in key.dropLast() { table = try descend(from: table, by: part, header: start) }
    guard let name = key.last else { throw expected("a key", at: start) }
    let known = entry(name, of: table)
    if isArray {
      guard let known else {
        let element = add(.table([:]), at: start, origin: .header)
        set(name, of: table, to: add(.array([element]), at: start, origin: .header))
        return element
      }
      guard case .array(var elements) = nodes[known].value, origins[known] == .header else {
        throw refusal("'\(text(of: key))' is no array of tables, and can't become one", at: start)
      }
      let element = add(.table([:]), at: start, origin: .header)
      nodes[known].value = .boolean(false)
      elements.append(element)
      nodes[known].value = .array(elements)
      return element
    }
    guard let known else {
      let new = add(.table([:]), at: start, origin: .header)
      set(name, of: table, to: new)
      return new
    }
    guard case .table = nodes[known].value, origins[known] == .implied else {
      throw refusal("'\(text(of: key))' is there already", at: start)
    }
    origins[known] = .header
    (nodes[known].line, nodes[known].column) = place(of: start)
    return known
  }

  /// The table at `part` of `table`, on the way of a header to its last part.
  private mutating func descend(from table: TOMLDocument.Node, by part: [UInt8], header: Int)
    throws(Diagnostic) -> TOMLDocument.Node
  {
    guard let known = entry(part, of: table) else {
      let new = add(.table([:]), at: header, origin: .implied)
      set(part, of: table, to: new)
      return new
    }
    if origins[known] != .value {
      if case .table = nodes[known].value { return known }
      if case .array(let elements) = nodes[known].value, let last = elements.last { return last }
    }
    throw refusal("'\(text(of: [part]))' is a value, and can't be added to", at: header)
  }

  // MARK: Keys with values

  /// Reads `KEY = VALUE` into `table`.
  mutating func pair(in table: TOMLDocument.Node, section: Int, depth: Int) throws(Diagnostic) {
    let start = position
    let key = try dottedKey()
    guard take("=") else { throw expected("'='") }
    skipBlanks()
    var table = table
    for part in key.dropLast() {
      guard let known = entry(part, of: table) else {
        let new = add(.table([:]), at: start, origin: .dotted(section: section))
        set(part, of: table, to: new)
        table = new
        continue
      }
      guard case .table = nodes[known].value,
        origins[known] == .implied || origins[known] == .dotted(section: section)
      else { throw refusal("'\(text(of: [part]))' is there already, and can't be added to here", at: start) }
      origins[known] = .dotted(section: section)
      table = known
    }
    guard let name = key.last else { throw expected("a key", at: start) }
    guard entry(name, of: table) == nil else {
      throw refusal("'\(text(of: key))' is there already", at: start)
    }
    let value = try value(depth: depth)
    set(name, of: table, to: value)
  }

  // MARK: Nodes

  mutating func add(_ value: TOMLDocument.Value, at offset: Int? = nil, origin: Origin? = nil)
    -> TOMLDocument.Node
  {
    let (line, column) = place(of: offset ?? position)
    nodes.append(TOMLDocument.Entry(value: value, line: line, column: column))
    if let origin { origins[nodes.count - 1] = origin }
    return nodes.count - 1
  }

  func entry(_ key: [UInt8], of table: TOMLDocument.Node) -> TOMLDocument.Node? {
    guard case .table(let entries) = nodes[table].value else { return nil }
    return entries[key]
  }

  private mutating func set(_ key: [UInt8], of table: TOMLDocument.Node, to node: TOMLDocument.Node) {
    guard case .table(var entries) = nodes[table].value else { return }
    // So that the dictionary has one owner and isn't copied.
    nodes[table].value = .boolean(false)
    entries[key] = node
    nodes[table].value = .table(entries)
  }
}
