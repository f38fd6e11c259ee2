/// A line of a requirements file: comments gone, continuations joined.
struct RequirementsLine: Equatable {
  /// Of its first part, counted from 1.
  var number: Int
  /// Never empty, without blanks at the ends.
  var text: String

  /// The option that the line begins with, and the rest.
  var option: (name: String, argument: String) {
    let name =
      text.hasPrefix("--")
      ? text.prefix { $0 != " " && $0 != "\t" && $0 != "=" } : text.prefix(2)
    let rest = text.dropFirst(name.count).drop { $0 == " " || $0 == "\t" || $0 == "=" }
    return (String(name), String(rest))
  }

  static func lines(of text: String) -> [RequirementsLine] {
    var lines: [RequirementsLine] = []
    var begun: RequirementsLine?
    let raw = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    for (index, line) in raw.enumerated() {
      let isContinued = line.hasSuffix("\\")
      // As in pip, a comment line ends a continuation.
      let part = withoutComment(isContinued ? line.dropLast() : line)
      var joined = begun ?? RequirementsLine(number: index + 1, text: "")
      joined.text += joined.text.isEmpty ? part : " " + part
      if isContinued {
        begun = joined
      } else {
        begun = nil
        if !joined.text.isEmpty { lines.append(joined) }
      }
    }
    if let begun, !begun.text.isEmpty { lines.append(begun) }
    return lines
  }

  /// A comment begins with `#` at the beginning or behind a blank; elsewhere it belongs to a URL.
  private static func withoutComment(_ line: Substring) -> String {
    var previous: Character = " "
    var end = line.endIndex
    for index in line.indices {
      if line[index] == "#", previous == " " || previous == "\t" {
        end = index
        break
      }
      previous = line[index]
    }
    let kept = line[..<end].drop { $0 == " " || $0 == "\t" }
    return String(kept.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
  }
}
