import Essentials

/// Two layers of one name, either of which may be missing.
struct LayerPair {
  private let before: LayerContents?
  private let after: LayerContents?

  /// Texts larger than this, in bytes, aren't shown.
  private static let textLimit = 64 << 10

  init(_ before: LayerContents?, _ after: LayerContents?) {
    self.before = before
    self.after = after
  }

  /// What is in one and not, or not so, in the other; and of files of text how they differ.
  func changes(showingTexts: Bool) -> ([ImageDifference.Change], [ImageDifference.TextChange]) {
    var changes: [ImageDifference.Change] = []
    var texts: [ImageDifference.TextChange] = []
    LayerPairs.forEach(before?.table ?? Self.empty, after?.table ?? Self.empty) { path, pair in
      let (old, new): (Int?, Int?) =
        switch pair {
        case .first(let index): (index, nil)
        case .second(let index): (nil, index)
        case .both(let a, let b): (a, b)
        }
      if let old, let new, isSame(old, new) { return }
      let name = "/" + String(decoding: path, as: UTF8.self).printable
      changes.append(
        ImageDifference.Change(
          path: name, kind: old == nil ? .added : new == nil ? .removed : .changed, before: size(old, before),
          after: size(new, after)))
      guard showingTexts, let first = text(old, before), let second = text(new, after),
        let lines = UnifiedDifference.lines(first, second, path: name)
      else { return }
      texts.append(ImageDifference.TextChange(path: name, lines: lines))
    }
    return (changes, texts)
  }

  private static let empty = LayerTable()

  private func size(_ index: Int?, _ layer: LayerContents?) -> Int64? {
    guard let index, let layer else { return nil }
    return layer.table.entries[layer.table.resolved(index)].size
  }

  /// Nothing where there's no file, nil where it's no text.
  private func text(_ index: Int?, _ layer: LayerContents?) -> [UInt8]? {
    guard let index, let layer else { return [] }
    let entry = layer.table.entries[index]
    guard entry.kind == .file, entry.size <= Self.textLimit else { return nil }
    let bytes = layer.withContent(index) { Array($0) }
    return bytes.contains(0) || String(validating: bytes, as: UTF8.self) == nil ? nil : bytes
  }

  private func isSame(_ a: Int, _ b: Int) -> Bool {
    guard let before, let after else { return false }
    let (one, two) = (before.table.entries[a], after.table.entries[b])
    guard one.kind == two.kind, one.permissions == two.permissions, one.owner == two.owner,
      one.group == two.group,
      one.size == two.size, one.major == two.major, one.minor == two.minor,
      before.table.target(of: a) == after.table.target(of: b),
      before.table.attributes(of: a) == after.table.attributes(of: b)
    else { return false }
    switch one.kind {
    case .hardLink: return before.table.path(of: one.link) == after.table.path(of: two.link)
    case .file where one.size > 0:
      // What a package or wheel shipped keeps its time; what the bake made has the bake's, and only its content tells.
      if one.modified == two.modified, one.modified < before.newest, two.modified < after.newest {
        return true
      }
      return before.withContent(a) { first in
        after.withContent(b) { ByteSearch.firstDifference(first, $0) == nil }
      }
    default: return true
    }
  }
}
