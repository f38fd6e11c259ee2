/// The lines of a requirements file that say something: continued ones joined, comments and blank ones left out.
struct RequirementsLines: Sequence, IteratorProtocol {
  struct Line {
    var text: String
    /// Where it begins, counted from 1.
    var number: Int
  }

  private let lines: [ArraySlice<UInt8>]
  private var index = 0

  init(_ bytes: [UInt8]) {
    let bytes = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes[3...] : bytes[...]
    lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false).map { line in
      line.last == 0x0D ? line.dropLast() : line
    }
  }

  mutating func next() -> Line? {
    while index < lines.count {
      let number = index + 1
      var joined: [UInt8] = []
      while index < lines.count {
        let line = lines[index]
        index += 1
        // A comment ends the line that it would continue.
        let isComment = line.first { !TextScanner.isSpace($0) } == UInt8(ascii: "#")
        guard line.last == UInt8(ascii: "\\"), !isComment else {
          joined += isComment && !joined.isEmpty ? [0x20] + line : Array(line)
          break
        }
        joined += line.dropLast()
      }
      let text = Self.withoutComment(joined)
      if !text.isEmpty { return Line(text: text, number: number) }
    }
    return nil
  }

  /// A comment begins with `#` at the line's beginning or behind white space.
  private static func withoutComment(_ line: [UInt8]) -> String {
    var end = line.count
    for (index, byte) in line.enumerated() where byte == UInt8(ascii: "#") {
      if index == 0 || TextScanner.isSpace(line[index - 1]) {
        end = index
        break
      }
    }
    var text = line[..<end]
    while let first = text.first, TextScanner.isSpace(first) { text = text.dropFirst() }
    while let last = text.last, TextScanner.isSpace(last) { text = text.dropLast() }
    // Tabs separate as spaces do.
    return String(decoding: text.map { $0 == 0x09 ? 0x20 : $0 }, as: UTF8.self)
  }
}
