import Essentials

/// The difference between two texts as `diff -u` shows it.
enum UnifiedDifference {
  private static let context = 3
  private static let lineLimit = 2000

  private enum Line {
    case same(String)
    case removed(String)
    case added(String)

    var text: String {
      switch self {
      case .same(let text): " " + text
      case .removed(let text): "-" + text
      case .added(let text): "+" + text
      }
    }
    var isSame: Bool { if case .same = self { true } else { false } }
    var isInOld: Bool { if case .added = self { false } else { true } }
    var isInNew: Bool { if case .removed = self { false } else { true } }
  }

  /// The lines of the difference, with headers; nil where the texts have too many lines.
  static func lines(_ a: [UInt8], _ b: [UInt8], path: String) -> [String]? {
    let (old, new) = (split(a), split(b))
    guard old.count <= lineLimit, new.count <= lineLimit else { return nil }
    let all = merged(old, new)
    var result = ["--- \(old.isEmpty ? "/dev/null" : path)", "+++ \(new.isEmpty ? "/dev/null" : path)"]
    for hunk in hunks(all) {
      let (from, to) = (all[..<hunk.lowerBound], all[hunk])
      let first = (from.count { $0.isInOld }, from.count { $0.isInNew })
      let counts = (to.count { $0.isInOld }, to.count { $0.isInNew })
      result.append("@@ -\(range(first.0, counts.0)) +\(range(first.1, counts.1)) @@")
      result += to.map { $0.text.printable }
    }
    return result
  }

  private static func range(_ before: Int, _ count: Int) -> String {
    "\(count == 0 ? before : before + 1)" + (count == 1 ? "" : ",\(count)")
  }

  private static func split(_ bytes: [UInt8]) -> [String] {
    var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map {
      String(decoding: $0, as: UTF8.self)
    }
    if lines.last == "" { lines.removeLast() }
    return lines
  }

  private static func merged(_ old: [String], _ new: [String]) -> [Line] {
    let difference = new.difference(from: old)
    var removed: Set<Int> = []
    var added: Set<Int> = []
    for change in difference {
      switch change {
      case .remove(let offset, _, _): removed.insert(offset)
      case .insert(let offset, _, _): added.insert(offset)
      }
    }
    var lines: [Line] = []
    var (i, j) = (0, 0)
    while i < old.count || j < new.count {
      if i < old.count, removed.contains(i) {
        lines.append(.removed(old[i]))
        i += 1
      } else if j < new.count, added.contains(j) {
        lines.append(.added(new[j]))
        j += 1
      } else if i < old.count {
        lines.append(.same(old[i]))
        i += 1
        j += 1
      } else {
        break
      }
    }
    return lines
  }

  /// The stretches to show: changes with three lines around them, joined where these meet.
  private static func hunks(_ lines: [Line]) -> [Range<Int>] {
    var hunks: [Range<Int>] = []
    for index in lines.indices where !lines[index].isSame {
      let range = max(0, index - context)..<min(lines.count, index + context + 1)
      if let last = hunks.last, range.lowerBound <= last.upperBound {
        hunks[hunks.count - 1] = last.lowerBound..<range.upperBound
      } else {
        hunks.append(range)
      }
    }
    return hunks
  }
}
