import Essentials

/// Units as a tree's files describe them.
///
/// Source: systemd.unit(5).
struct UnitFiles {
  let tree: ImageTree

  /// A line `KEY=VALUE` of a unit.
  struct Setting {
    let key: String
    let value: String
    /// The file that says so.
    let node: Int
  }

  private static let folders = [
    "/etc/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system",
  ]

  /// What a unit's file and the drop-ins for it say; none where it's masked.
  func settings(of unit: String) -> [Setting] {
    guard !isMasked(unit) else { return [] }
    var names = [unit]
    if let at = unit.lastIndex(of: "@"), let dot = unit.lastIndex(of: "."), at < dot {
      names.append(String(unit[...at]) + unit[dot...])
    }
    var settings: [Setting] = []
    for name in names {
      if let node = Self.folders.lazy.compactMap({ tree.find("\($0)/\(name)") }).first {
        settings += read(node)
      }
    }
    for name in names + Self.prefixes(of: unit) {
      for folder in Self.folders {
        guard let node = tree.find("\(folder)/\(name).d") else { continue }
        for child in tree.children(of: node) where tree.name(of: child).ends(with: ".conf") {
          if case .node(let file) = tree.find(Array(tree.name(of: child)), from: node) {
            settings += read(file)
          }
        }
      }
    }
    return settings
  }

  private func isMasked(_ unit: String) -> Bool {
    Self.folders.contains { folder in
      guard let node = tree.standing(at: "\(folder)/\(unit)"), tree.entry(node).kind == .symbolicLink else {
        return false
      }
      return tree.target(of: node).elementsEqual("/dev/null".utf8)
    }
  }

  /// `a-b-c.service` also takes the drop-ins of `a-b-.service`, `a-.service` and `service`.
  private static func prefixes(of unit: String) -> [String] {
    guard let dot = unit.lastIndex(of: ".") else { return [] }
    let stem = unit[..<dot]
    let dashes = stem.indices.filter { stem[$0] == "-" }
    return dashes.map { String(stem[...$0]) + unit[dot...] } + [String(unit[dot...].dropFirst())]
  }

  private func read(_ node: Int) -> [Setting] {
    var settings: [Setting] = []
    var held = ""
    for line in tree.text(of: node).split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
      if line.hasSuffix("\\") {
        held += line.dropLast() + " "
        continue
      }
      let whole = held + line
      held = ""
      guard let first = whole.first, first != "#", first != ";", let equals = whole.firstIndex(of: "=") else {
        continue
      }
      settings.append(
        Setting(
          key: whole[..<equals].trimmed, value: whole[whole.index(after: equals)...].trimmed, node: node))
    }
    return settings
  }
}

extension Substring {
  fileprivate var trimmed: String {
    var text = self
    while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
    while let last = text.last, last == " " || last == "\t" { text.removeLast() }
    return String(text)
  }
}

extension ArraySlice<UInt8> {
  fileprivate func ends(with text: String) -> Bool { suffix(text.utf8.count).elementsEqual(text.utf8) }
}
