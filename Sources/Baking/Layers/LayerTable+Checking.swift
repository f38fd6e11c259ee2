import Glibc

extension LayerTable {
  /// The deepest folder that tables may hold; so a walk may keep each one's descriptor open.
  static let depthLimit = 512

  /// Whether the entries are what the type promises: a tree in order, with names that stay in their folder,
  /// and links that lead to what can be linked.
  func isWellFormed() -> Bool {
    guard let root = entries.first, root.kind == .folder, root.name.isEmpty, root.parent == 0 else {
      return false
    }
    // The folders that the next entry may lie in, and each one's last name.
    var open: [(index: Int, last: ArenaRange)] = [(0, ArenaRange())]
    for (index, entry) in entries.enumerated().dropFirst() {
      while let folder = open.last, folder.index != entry.parent { open.removeLast() }
      guard let folder = open.last, Self.isName(arena[entry.name.range]) else { return false }
      if !folder.last.isEmpty {
        guard Self.precedes(arena[folder.last.range], arena[entry.name.range]) else { return false }
      }
      open[open.count - 1].last = entry.name
      guard check(entry) else { return false }
      if entry.kind == .folder {
        guard open.count < Self.depthLimit else { return false }
        open.append((index, ArenaRange()))
      }
    }
    return check(root)
  }

  private func check(_ entry: LayerEntry) -> Bool {
    guard entry.kind == .folder || !(entry.isOpaque || entry.isImplied) else { return false }
    guard ExtendedAttribute.isWellFormed(arena[entry.attributes.range]) else { return false }
    switch entry.kind {
    case .file:
      return entry.size == 0 || (entry.offset % 512 == 0 && entry.offset + entry.size <= layerSize)
    case .symbolicLink:
      return (1...4095).contains(entry.target.count) && !arena[entry.target.range].contains(0)
    case .hardLink:
      guard entries.indices.contains(entry.link) else { return false }
      let kind = entries[entry.link].kind
      return kind != .hardLink && kind != .folder && kind != .whiteout
    case .characterDevice, .blockDevice:
      return entry.major < 1 << 12 && entry.minor < 1 << 20
    case .folder, .fifo, .whiteout: return true
    }
  }

  /// Whether `bytes` name something in a folder: neither empty, nor `.` or `..`, nor a path.
  static func isName(_ bytes: ArraySlice<UInt8>) -> Bool {
    let dot = UInt8(ascii: ".")
    guard (1...255).contains(bytes.count) else { return false }
    if bytes.allSatisfy({ $0 == dot }), bytes.count <= 2 { return false }
    return !bytes.contains { $0 == 0 || $0 == UInt8(ascii: "/") }
  }

  /// Bytewise order of names.
  static func precedes(_ a: ArraySlice<UInt8>, _ b: ArraySlice<UInt8>) -> Bool {
    a.withUnsafeBytes { a in
      b.withUnsafeBytes { b in
        compare(a, b) < 0
      }
    }
  }

  /// Bytewise order: negative, zero or positive.
  static func compare(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Int {
    let common = min(a.count, b.count)
    if common > 0, let first = a.baseAddress, let second = b.baseAddress {
      let order = memcmp(first, second, common)
      if order != 0 { return Int(order) }
    }
    return a.count - b.count
  }
}
