package import Essentials

/// One paragraph of a control file (deb822(5)), its fields by name.
///
/// For files of few paragraphs: Release files, a package's control, apt's sources. Package indexes have
/// ``PackageIndex``.
package struct ControlParagraph: Sendable, Hashable {
  /// A field as it stands: continuation lines are part of the value, with their leading space.
  package struct Field: Sendable, Hashable {
    package var name: String
    package var value: String
    /// Where it begins in the file, from 1.
    package var line: Int
  }

  /// In the order of the file.
  package let fields: [Field]
  private let byName: [String: Int]
  private let source: String

  init(_ fields: [Field], source: String) {
    self.fields = fields
    self.source = source
    byName = Dictionary(
      fields.enumerated().map { ($1.name.lowercased(), $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The paragraph that is all of `text`.
  /// - Parameter name: what messages call the text.
  package init(parsing text: String, name: String) throws(Diagnostic) {
    let paragraphs = try Self.list(parsing: Array(text.utf8), name: name)
    guard paragraphs.count == 1, let paragraph = paragraphs.first else {
      throw Diagnostic(
        .verificationFailed, "\(name) must hold one paragraph and holds \(paragraphs.count)")
    }
    self = paragraph
  }

  /// The paragraphs of `bytes`. A field that stands twice in one paragraph is an error.
  /// - Parameter name: what messages call the file.
  package static func list(parsing bytes: [UInt8], name: String) throws(Diagnostic) -> [ControlParagraph] {
    let outcome = bytes.withUnsafeBufferPointer { buffer in
      Result<[ControlParagraph], Diagnostic> { () throws(Diagnostic) in try list(parsing: buffer, name: name)
      }
    }
    return try outcome.get()
  }

  private static func list(parsing buffer: UnsafeBufferPointer<UInt8>, name: String) throws(Diagnostic)
    -> [ControlParagraph]
  {
    var paragraphs: [ControlParagraph] = []
    var fields: [Field] = []
    var seen: Set<String> = []
    var scanner = ControlScanner(buffer)
    // Lines are counted on the way, since every field says where it stands.
    var line = 1
    var counted = 0
    func number(_ offset: Int) -> Int {
      while counted < offset {
        if buffer[counted] == 10 { line += 1 }
        counted += 1
      }
      return line
    }
    do throws(ControlScanner.Fault) {
      while let item = try scanner.next() {
        switch item {
        case .field(let fieldName, let value):
          guard seen.insert(fieldName.text.lowercased()).inserted else {
            throw ControlScanner.Fault(offset: fieldName.startIndex)
          }
          fields.append(
            Field(name: fieldName.text, value: withoutComments(value), line: number(fieldName.startIndex)))
        case .end:
          paragraphs.append(ControlParagraph(fields, source: name))
          fields = []
          seen = []
        }
      }
    } catch {
      throw Diagnostic(
        .verificationFailed, "a line is neither a new field nor the continuation of one",
        at: .init(file: name, line: scanner.line(at: error.offset)))
    }
    return paragraphs
  }

  // deb822(5): a line that starts with # counts for nothing, wherever it stands.
  private static func withoutComments(_ value: Bytes) -> String {
    guard value.contains(UInt8(ascii: "#")) else { return value.trimmed().text }
    return value.trimmed().text.split(separator: "\n", omittingEmptySubsequences: false)
      .filter { !$0.hasPrefix("#") }.joined(separator: "\n")
  }

  /// The value of the field `name`, in any case, without whitespace at its ends; nil where it's absent.
  package subscript(name: String) -> String? {
    byName[name.lowercased()].map { fields[$0].value }
  }

  /// Where the field `name` begins, from 1.
  package func line(of name: String) -> Int? {
    byName[name.lowercased()].map { fields[$0].line }
  }

  /// The words of the field `name`; none where it's absent.
  package func words(_ name: String) -> [String] {
    (self[name] ?? "").utf8.split(whereSeparator: \.isWhitespace).map { String(decoding: $0, as: UTF8.self) }
  }

  /// The relations that the field `name` holds; none where it's absent.
  package func relations(_ name: String) throws(Diagnostic) -> [RelationGroup] {
    guard let value = self[name] else { return [] }
    do {
      return try RelationGroup.list(parsing: value)
    } catch {
      throw Diagnostic(
        .verificationFailed, error.message, at: .init(file: source, line: line(of: name)), hints: error.hints)
    }
  }
}
