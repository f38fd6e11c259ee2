package import Essentials

/// A TOML document: what its text says, each value with its place.
///
/// Source: "TOML v1.0.0". Read strictly; in what the specification leaves open it does as Python's `tomllib`, but for
/// whole numbers past 64 bits, which are refused.
package struct TOMLDocument: Sendable {
  /// A value, by its number among ``nodes``.
  typealias Node = Int

  enum Value: Sendable {
    case string(String)
    case integer(Int64)
    case float(Double)
    case boolean(Bool)
    /// A date, a time or both, as it's written.
    case date(String)
    case array([Node])
    /// Keys by their bytes: TOML tells apart what Swift's strings hold for canonically equivalent.
    case table([[UInt8]: Node])

    /// What messages call it.
    var kind: String {
      switch self {
      case .string: "a string"
      case .integer: "a whole number"
      case .float: "a number"
      case .boolean: "true or false"
      case .date: "a date or time"
      case .array: "an array"
      case .table: "a table"
      }
    }
  }

  struct Entry: Sendable {
    var value: Value
    /// Both count from 1; the column counts bytes.
    var line: Int32
    var column: Int32
  }

  /// The longest document read, in bytes.
  package static let limit = 32 << 20
  /// Arrays and inline tables nested more deeply than this are refused.
  static let depthLimit = 64
  /// The longest dotted key, in parts.
  static let keyLimit = 64

  /// What messages call the document.
  let file: String
  let nodes: [Entry]

  /// Reads a document.
  /// - Parameters:
  ///   - bytes: the text, UTF-8.
  ///   - file: what messages call it.
  /// - Throws: `usage`, with line and column, where it isn't TOML 1.0 or is larger than ``limit``.
  package init(parsing bytes: [UInt8], file: String) throws(Diagnostic) {
    guard bytes.count <= Self.limit else {
      throw Diagnostic(.usage, "\(file) has \(bytes.count) bytes; at most \(Self.limit) are read")
    }
    var parser = TOMLParser(bytes, file: file)
    nodes = try parser.parse()
    self.file = file
  }

  /// The table that everything is in.
  package var root: TOMLTable { TOMLTable(document: self, node: 0) }

  func location(of node: Node) -> Diagnostic.Location {
    Diagnostic.Location(file: file, line: Int(nodes[node].line), column: Int(nodes[node].column))
  }
}
