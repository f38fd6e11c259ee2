import Essentials

/// A wheel's RECORD: every file with its digest and size.
///
/// Source: the PyPA specification "Recording installed projects" (PEP 376, PEP 627): CSV with the columns path, digest and
/// size; the digest as its algorithm, `=` and URL-safe base64 without padding.
struct WheelRecord: Sendable {
  struct Row: Sendable, Hashable {
    var path: String
    var digest: String
    var size: String
  }

  var rows: [Row]

  init(rows: [Row]) { self.rows = rows }

  /// More rows than this are refused.
  private static let limit = 500_000

  /// Reads a RECORD.
  /// - Throws: where a row has no path or a path comes twice.
  init(parsing bytes: [UInt8], file: String) throws(Diagnostic) {
    rows = []
    var fields: [[UInt8]] = [[]]
    var isQuoted = false
    var line = 1
    var seen: Set<String> = []
    var index = bytes.startIndex
    func row() -> Row? {
      let texts = fields.map { String(decoding: $0, as: UTF8.self) }
      guard texts.count > 1 || !texts[0].isEmpty else { return nil }
      return Row(
        path: texts[0], digest: texts.count > 1 ? texts[1] : "", size: texts.count > 2 ? texts[2] : "")
    }
    while true {
      let byte: UInt8? = index < bytes.endIndex ? bytes[index] : nil
      if isQuoted, let byte {
        if byte != UInt8(ascii: "\"") {
          fields[fields.count - 1].append(byte)
        } else if index + 1 < bytes.endIndex, bytes[index + 1] == byte {
          fields[fields.count - 1].append(byte)
          index += 1
        } else {
          isQuoted = false
        }
      } else {
        switch byte {
        case UInt8(ascii: "\""): isQuoted = true
        case UInt8(ascii: ","): fields.append([])
        case UInt8(ascii: "\r"): break
        case UInt8(ascii: "\n"), nil:
          if let row = row() {
            guard !row.path.isEmpty, seen.insert(row.path).inserted, rows.count < Self.limit else {
              throw Diagnostic(
                .verificationFailed, "RECORD lists '\(row.path)' twice or without a path",
                at: .init(file: file, line: line))
            }
            rows.append(row)
          }
          fields = [[]]
          line += 1
        case .some(let byte): fields[fields.count - 1].append(byte)
        }
      }
      if byte == nil { return }
      index += 1
    }
  }

  /// The text as pip writes it: sorted, with the line ends of Python's `csv`.
  var text: String {
    func quoted(_ field: String) -> String {
      field.utf8.contains { [0x22, 0x2C, 0x0A, 0x0D].contains($0) }
        ? "\"" + field.replacing("\"", with: "\"\"") + "\"" : field
    }
    let sorted = rows.sorted { a, b in
      (Array(a.path.unicodeScalars), a.digest, a.size) < (Array(b.path.unicodeScalars), b.digest, b.size)
    }
    return sorted.map { "\(quoted($0.path)),\(quoted($0.digest)),\(quoted($0.size))\r\n" }.joined()
  }

  /// The digest as RECORD writes it.
  static func text(of digest: Digest) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    var text = Array("sha256=".utf8)
    var bits: UInt32 = 0
    var count = 0
    for byte in digest.bytes {
      bits = bits << 8 | UInt32(byte)
      count += 8
      while count >= 6 {
        count -= 6
        text.append(alphabet[Int(bits >> UInt32(count) & 63)])
      }
    }
    if count > 0 { text.append(alphabet[Int(bits << UInt32(6 - count) & 63)]) }
    return String(decoding: text, as: UTF8.self)
  }
}

private func < (a: ([Unicode.Scalar], String, String), b: ([Unicode.Scalar], String, String)) -> Bool {
  if a.0 != b.0 { return a.0.lexicographicallyPrecedes(b.0) }
  return (a.1, a.2) < (b.1, b.2)
}
