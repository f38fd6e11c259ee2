package import Essentials

/// One paragraph of a control file, its fields by name: for single paragraphs, where an index would be too much.
///
/// Format: deb822(5).
package struct ControlParagraph: Sendable {
  private var fields: [String: String] = [:]

  /// Reads the first paragraph of `text`.
  /// - Parameters:
  ///   - text: UTF-8.
  ///   - name: what messages call the file.
  package init(parsing text: String, name: String) throws(Diagnostic) {
    let bytes = Array(text.utf8)
    var fields: [String: String] = [:]
    let fault = bytes.withUnsafeBufferPointer { buffer -> Diagnostic? in
      var scanner = ControlScanner(buffer)
      do throws(ControlScanner.Fault) {
        while case .field(let field, let value)? = try scanner.next() {
          let key = String(decoding: field, as: UTF8.self).lowercased()
          guard fields.updateValue(Self.trimmed(value), forKey: key) == nil else {
            return Diagnostic(.verificationFailed, "\(name) has the field '\(key)' twice")
          }
        }
        return nil
      } catch {
        return Diagnostic(
          .verificationFailed, "no field and no continuation of one",
          at: Diagnostic.Location(file: name, line: scanner.line(at: error.offset)))
      }
    }
    if let fault { throw fault }
    self.fields = fields
  }

  /// The value of the field `name`, written in lower case; its continuation lines as they stand.
  package subscript(name: String) -> String? { fields[name] }

  /// The relations in the field `name`; none where the paragraph hasn't got it.
  package func relations(_ name: String) throws(Diagnostic) -> [RelationGroup] {
    guard let text = fields[name] else { return [] }
    return try RelationGroup.list(parsing: text)
  }

  private static func trimmed(_ bytes: Bytes) -> String {
    let text = String(decoding: bytes, as: UTF8.self)
    let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\n" || $0 == "\r" }
    guard let first = text.firstIndex(where: { !isBlank($0) }),
      let last = text.lastIndex(where: { !isBlank($0) })
    else { return "" }
    return String(text[first...last])
  }
}
