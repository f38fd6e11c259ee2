import Essentials
import FoundationEssentials

/// Writing data to standard output.
enum Output {
  /// Writes `value` as JSON, its keys sorted, for scripts.
  static func json(_ value: some Encodable) throws(Diagnostic) {
    do {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
      print(String(decoding: try encoder.encode(value), as: UTF8.self))
    } catch {
      throw Diagnostic(.bug, "the answer can't be written as JSON: \(error)")
    }
  }

  /// Writes `rows` as a table, each column as wide as its widest cell.
  static func table(_ rows: [[String]]) {
    guard let count = rows.map(\.count).max() else { return }
    let widths = (0..<count).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
    }
    for row in rows {
      let cells = row.enumerated().map { index, cell in
        index == row.count - 1 ? cell : cell + String(repeating: " ", count: widths[index] - cell.count)
      }
      print(cells.joined(separator: "  "))
    }
  }
}

extension Duration {
  /// In seconds, with as many digits as a person needs: `0.04 s`, `12.3 s`.
  var text: String {
    let milliseconds = Int(self / .milliseconds(1))
    if milliseconds < 1000 {
      return "0.\(String(repeating: "0", count: 3 - String(milliseconds).count))\(milliseconds)".prefix(4)
        + " s"
    }
    return "\(milliseconds / 1000).\(milliseconds % 1000 / 100) s"
  }
}
