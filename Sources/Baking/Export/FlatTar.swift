import Essentials

/// Writes a joined tree as one plain tar: what the layers come to, without whiteouts and alignment.
///
/// Names are in the order of a walk, bytewise in each folder; owners are numeric, times whole seconds; what ustar can't hold
/// stands in pax records.
struct FlatTar {
  private let merged: MergedTree
  private let files: [MappedFile]
  private let output: any ByteSink
  private let block = UnsafeMutableRawBufferPointer.allocate(byteCount: TarHeader.blockSize, alignment: 8)

  static func write(_ merged: MergedTree, _ files: [MappedFile], to output: any ByteSink) throws(Diagnostic) {
    let writer = FlatTar(merged: merged, files: files, output: output)
    defer { writer.block.deallocate() }
    try writer.write()
  }

  private init(merged: MergedTree, files: [MappedFile], output: any ByteSink) {
    self.merged = merged
    self.files = files
    self.output = output
  }

  private func write() throws(Diagnostic) {
    // The names of hard links, which are those of a layer, by layer and the entry that holds the content.
    var written: [[Int: [UInt8]]] = Array(repeating: [:], count: merged.tables.count)
    var pending: [(node: Int, path: [UInt8])] = [(0, [])]
    while let (index, path) = pending.popLast() {
      let node = merged.nodes[index]
      let table = merged.tables[node.layer]
      let holder = table.resolved(node.entry)
      let first = written[node.layer][holder]
      if first == nil { written[node.layer][holder] = path }
      try write(
        table, holder, path: path, linkedTo: table.entries[holder].kind == .folder ? nil : first, node.layer)
      for child in node.children.reversed() {
        let name = merged.tables[merged.nodes[child].layer].name(of: merged.nodes[child].entry)
        pending.append((child, path.isEmpty ? Array(name) : path + [UInt8(ascii: "/")] + name))
      }
    }
    try output.write([UInt8](repeating: 0, count: 2 * TarHeader.blockSize))
  }

  private func write(
    _ table: LayerTable, _ index: Int, path: [UInt8], linkedTo first: [UInt8]?, _ layer: Int
  ) throws(Diagnostic) {
    let entry = table.entries[index]
    var header = TarHeader(path: path, type: first == nil ? Self.type(entry.kind) : "1")
    if entry.kind == .folder { header.path = path.isEmpty ? Array("./".utf8) : path + [UInt8(ascii: "/")] }
    header.permissions = entry.permissions
    header.owner = entry.owner
    header.group = entry.group
    header.modified = entry.modified
    header.major = entry.major
    header.minor = entry.minor
    if let first {
      header.target = first
    } else if entry.kind == .symbolicLink {
      header.target = Array(table.target(of: index))
    }
    let hasContent = entry.kind == .file && first == nil
    if hasContent { header.size = entry.size }
    var records = PaxRecords()
    header.extend(&records)
    if first == nil {
      for attribute in table.attributes(of: index) {
        records.add("SCHILY.xattr.".utf8 + attribute.name, attribute.value)
      }
    }
    if !records.isEmpty {
      var extended = TarHeader(path: Array("././@PaxHeader".utf8), type: "x")
      extended.permissions = 0o644
      extended.size = Int64(records.bytes.count)
      try write(extended)
      try output.write(records.bytes)
      try pad(records.bytes.count)
    }
    try write(header)
    guard hasContent, entry.size > 0 else { return }
    try files[layer].withBytes { bytes throws(Diagnostic) in
      // The table was checked against the layer's size.
      try output.write(
        UnsafeRawBufferPointer(rebasing: bytes[Int(entry.offset)..<Int(entry.offset + entry.size)]))
    }
    try pad(Int(entry.size))
  }

  private func write(_ header: TarHeader) throws(Diagnostic) {
    header.write(to: block)
    try output.write(UnsafeRawBufferPointer(block))
  }

  private func pad(_ count: Int) throws(Diagnostic) {
    let rest = count % TarHeader.blockSize
    if rest > 0 { try output.write([UInt8](repeating: 0, count: TarHeader.blockSize - rest)) }
  }

  private static func type(_ kind: LayerEntry.Kind) -> Character {
    switch kind {
    case .symbolicLink: "2"
    case .characterDevice: "3"
    case .blockDevice: "4"
    case .folder: "5"
    case .fifo: "6"
    // A joined tree has no whiteouts, and a hard link's holder is none itself.
    case .file, .hardLink, .whiteout: "0"
    }
  }
}
