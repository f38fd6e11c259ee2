import Essentials
import Storage

/// Says what differs between two layers that ought to be the same.
struct LayerComparison {
  private let mine: LayerContents
  private let other: LayerContents

  private static let shown = 20
  private static let excerpt = 16

  init(_ mine: LayerContents, _ other: LayerContents) {
    self.mine = mine
    self.other = other
  }

  /// A line for each difference, twenty at most and a note of how many more.
  func differences() -> [String] {
    var lines: [String] = []
    var count = 0
    func add(_ line: String) {
      count += 1
      if lines.count < Self.shown { lines.append(line) }
    }
    LayerPairs.forEach(mine.table, other.table) { path, pair in
      let name = "/" + String(decoding: path, as: UTF8.self).printable
      switch pair {
      case .first: add("\(name): only in the first bake")
      case .second: add("\(name): only in the second bake")
      case .both(let a, let b):
        let differences = differences(a, b)
        if !differences.isEmpty { add("\(name): \(differences.joined(separator: "; "))") }
      }
    }
    if count > lines.count { lines.append("and \(count - lines.count) more") }
    return lines.isEmpty ? ["the same tree, in other bytes"] : lines
  }

  private func differences(_ a: Int, _ b: Int) -> [String] {
    let (one, two) = (mine.table.entries[a], other.table.entries[b])
    guard one.kind == two.kind else { return ["a \(one.kind), then a \(two.kind)"] }
    var found: [String] = []
    func compare(_ what: String, _ first: some Equatable, _ second: some Equatable, _ texts: (String, String))
    {
      if "\(first)" != "\(second)" { found.append("\(what) \(texts.0), then \(texts.1)") }
    }
    compare(
      "mode", one.permissions, two.permissions,
      (String(one.permissions, radix: 8), String(two.permissions, radix: 8)))
    compare("owner", one.owner, two.owner, ("\(one.owner)", "\(two.owner)"))
    compare("group", one.group, two.group, ("\(one.group)", "\(two.group)"))
    compare("time", one.modified, two.modified, ("\(one.modified)", "\(two.modified)"))
    compare("size", one.size, two.size, ("\(one.size)", "\(two.size)"))
    compare(
      "device", [one.major, one.minor], [two.major, two.minor],
      ("\(one.major):\(one.minor)", "\(two.major):\(two.minor)"))
    if one.isOpaque != two.isOpaque { found.append("hides what is below only once") }
    if mine.table.target(of: a) != other.table.target(of: b) {
      found.append("leads to \(text(mine.table.target(of: a))), then to \(text(other.table.target(of: b)))")
    }
    if mine.table.attributes(of: a) != other.table.attributes(of: b) {
      let names = Set(
        (mine.table.attributes(of: a) + other.table.attributes(of: b)).map { text($0.name[...]) })
      found.append("attributes differ: \(names.sorted().joined(separator: ", "))")
    }
    if one.kind == .hardLink, mine.table.path(of: one.link) != other.table.path(of: two.link) {
      found.append(
        "is a name of \(mine.table.pathText(of: one.link)), then of \(other.table.pathText(of: two.link))")
    }
    if one.kind == .file, let difference = content(a, b) { found.append(difference) }
    return found
  }

  private func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self).printable }

  private func content(_ a: Int, _ b: Int) -> String? {
    mine.withContent(a) { first in
      other.withContent(b) { second in
        let common = min(first.count, second.count)
        guard let place = ByteSearch.firstDifference(first, second) else {
          return first.count == second.count ? nil : "the same up to byte \(common)"
        }
        return
          "byte \(place) is the first to differ: \(Self.hexadecimal(first, place)), then \(Self.hexadecimal(second, place))"
      }
    }
  }

  private static func hexadecimal(_ bytes: UnsafeRawBufferPointer, _ place: Int) -> String {
    Hexadecimal.text(Array(bytes[place..<min(bytes.count, place + excerpt)]))
  }
}

/// Walks through two layers' tables side by side.
enum LayerPairs {
  enum Pair {
    case first(Int)
    case second(Int)
    case both(Int, Int)
  }

  /// Calls `body` with every path that one of them has an entry of its own for, in bytewise order.
  static func forEach(_ a: LayerTable, _ b: LayerTable, _ body: (_ path: [UInt8], _ pair: Pair) -> Void) {
    let (first, second) = (paths(a), paths(b))
    var (i, j) = (0, 0)
    while i < first.count || j < second.count {
      if j == second.count || i < first.count && first[i].path.lexicographicallyPrecedes(second[j].path) {
        body(first[i].path, .first(first[i].index))
        i += 1
      } else if i == first.count || second[j].path.lexicographicallyPrecedes(first[i].path) {
        body(second[j].path, .second(second[j].index))
        j += 1
      } else {
        body(first[i].path, .both(first[i].index, second[j].index))
        i += 1
        j += 1
      }
    }
  }

  private static func paths(_ table: LayerTable) -> [(path: [UInt8], index: Int)] {
    var all: [(path: [UInt8], index: Int)] = []
    var known: [[UInt8]] = []
    for (index, entry) in table.entries.enumerated() {
      var path = index == 0 ? [] : known[entry.parent]
      if !path.isEmpty { path.append(UInt8(ascii: "/")) }
      path += table.name(of: index)
      known.append(path)
      if !entry.isImplied { all.append((path, index)) }
    }
    return all.sorted { $0.path.lexicographicallyPrecedes($1.path) }
  }
}
