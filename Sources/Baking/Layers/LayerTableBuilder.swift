import Essentials

/// Brings a tar's entries, in whatever order, into a table.
struct LayerTableBuilder {
  private let name: String
  private var items: [[UInt8]: TarItem] = [:]
  private var opaque: Set<[UInt8]> = []
  private var whiteouts: Set<[UInt8]> = []

  init(name: String) { self.name = name }

  mutating func add(_ item: TarItem) throws(Diagnostic) {
    var item = item
    let path = try normalized(item.path)
    item.path = path
    let slash = path.lastIndex(of: UInt8(ascii: "/"))
    let folder = path[..<(slash ?? 0)]
    let last = path[(slash.map { $0 + 1 } ?? 0)...]
    if last.elementsEqual(Whiteout.opaque) {
      opaque.insert(Array(folder))
      return
    }
    if last.starts(with: Whiteout.prefix) {
      let hidden = last.dropFirst(Whiteout.prefix.count)
      guard !hidden.starts(with: Whiteout.prefix), !hidden.isEmpty else {
        throw fault("holds the whiteout '\(text(path))', which isn't understood")
      }
      item.path = folder.isEmpty ? Array(hidden) : folder + [UInt8(ascii: "/")] + hidden
      whiteouts.insert(item.path)
    }
    if let known = items[item.path], !(Self.isFolder(known) && Self.isFolder(item)) {
      throw fault("holds '\(text(item.path))' twice")
    }
    items[item.path] = item
    guard items.count < LayerTable.entryLimit else { throw fault("holds too many entries") }
  }

  func finish(layerSize: Int64) throws(Diagnostic) -> LayerTable {
    var table = LayerTable()
    table.layerSize = layerSize
    var indexes: [[UInt8]: Int] = [:]
    var links: [(index: Int, target: [UInt8])] = []
    table.entries.append(try entry(items[[]], path: [], &table))
    indexes[[]] = 0
    for path in Set(items.keys).union(opaque).subtracting([[]]).sorted(by: Self.precedes) {
      let folders = path.indices.filter { path[$0] == UInt8(ascii: "/") } + [path.endIndex]
      var parent = 0
      for end in folders {
        let place = Array(path[..<end])
        if let known = indexes[place] {
          parent = known
          continue
        }
        var entry = try entry(items[place], path: place, &table)
        entry.parent = parent
        let start = place.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
        entry.name = try table.store(place[start...])
        if entry.kind == .hardLink {
          links.append((table.entries.count, try normalized(items[place]?.target ?? [])))
        }
        guard table.entries[parent].kind == .folder else {
          throw fault("holds '\(text(place))' below what is no folder")
        }
        parent = table.entries.count
        indexes[place] = parent
        table.entries.append(entry)
      }
    }
    for (index, target) in links {
      guard let link = indexes[target], link != index else {
        throw fault("holds a hard link to '\(text(target))', which it doesn't hold")
      }
      table.entries[index].link = link
    }
    // A link to a link stands for what that is.
    for (index, _) in links where table.entries[table.entries[index].link].kind == .hardLink {
      table.entries[index].link = table.entries[table.entries[index].link].link
    }
    guard table.isWellFormed() else { throw fault("holds entries that no tree can have") }
    return table
  }

  private func entry(_ item: TarItem?, path: [UInt8], _ table: inout LayerTable) throws(Diagnostic)
    -> LayerEntry
  {
    guard let item else {
      var folder = LayerEntry(kind: .folder)
      folder.isImplied = true
      folder.permissions = 0o755
      folder.isOpaque = opaque.contains(path)
      return folder
    }
    if whiteouts.contains(path) { return LayerEntry(kind: .whiteout) }
    guard let kind = Self.kind(item.type) else {
      throw fault("holds '\(text(path))' of the unknown type '\(Character(UnicodeScalar(item.type)))'")
    }
    var entry = LayerEntry(kind: kind)
    if kind == .hardLink { return entry }
    entry.permissions = item.permissions
    entry.owner = item.owner
    entry.group = item.group
    entry.modified = item.modified
    entry.size = item.size
    entry.offset = item.size > 0 ? item.offset : 0
    entry.major = item.major
    entry.minor = item.minor
    if kind == .symbolicLink { entry.target = try table.store(item.target) }
    if !item.attributes.isEmpty {
      entry.attributes = try table.store(ExtendedAttribute.encode(item.attributes))
    }
    entry.isOpaque = kind == .folder && opaque.contains(path)
    return entry
  }

  /// The path without `.` and slashes in front, between or behind; one with `..` is refused.
  private func normalized(_ path: [UInt8]) throws(Diagnostic) -> [UInt8] {
    let dot = UInt8(ascii: ".")
    let parts = path.split(separator: UInt8(ascii: "/")).filter { !($0.count == 1 && $0.first == dot) }
    guard !parts.contains(where: { $0.elementsEqual([dot, dot]) }) else {
      throw fault("holds the path '\(text(path))', which leaves the tree")
    }
    return Array(parts.joined(separator: [UInt8(ascii: "/")]))
  }

  /// Folder by folder: as if a slash came before every other byte.
  private static func precedes(_ a: [UInt8], _ b: [UInt8]) -> Bool {
    for (first, second) in zip(a, b) where first != second {
      let slash = UInt8(ascii: "/")
      return (first == slash ? 0 : first) < (second == slash ? 0 : second)
    }
    return a.count < b.count
  }

  private static func isFolder(_ item: TarItem) -> Bool { kind(item.type) == .folder }

  private static func kind(_ type: UInt8) -> LayerEntry.Kind? {
    switch type {
    case UInt8(ascii: "0"), 0, UInt8(ascii: "7"): .file
    case UInt8(ascii: "1"): .hardLink
    case UInt8(ascii: "2"): .symbolicLink
    case UInt8(ascii: "3"): .characterDevice
    case UInt8(ascii: "4"): .blockDevice
    case UInt8(ascii: "5"): .folder
    case UInt8(ascii: "6"): .fifo
    default: nil
    }
  }

  private func text(_ path: [UInt8]) -> String { String(decoding: path, as: UTF8.self) }

  private func fault(_ fault: String) -> Diagnostic { Diagnostic(.verificationFailed, "\(name) \(fault)") }
}
