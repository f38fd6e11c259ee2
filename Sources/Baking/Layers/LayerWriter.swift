import CLinux
package import Essentials
import Glibc
import SystemPackage

/// Writes a tree as a layer: a plain tar whose file contents begin on 4 KiB boundaries, so that an EROFS
/// index can point into it.
///
/// What stands before a content is made as long as it must be by a `comment` record in the entry's extended
/// header. The archive ends at a multiple of 4 KiB too, so that layers can stand one behind the other.
package enum LayerWriter {
  /// The version of the layers' form: it grows whenever the same tree gives other bytes.
  package static let version = 1
  /// What contents are aligned to, in bytes.
  package static let alignment: Int64 = 4096

  /// Writes the layer of `tree` to `sink`.
  /// - Returns: what the layer holds and where.
  /// - Throws: the sink's errors; where a file can't be read or isn't as it was when the tree was looked at.
  package static func write(_ tree: FileTree, to sink: some ByteSink) throws(Diagnostic) -> LayerTable {
    try ProducerThread<LayerTable>.run(into: sink) { output in
      Result { () throws(Diagnostic) in
        let writer = TreeWriting(tree, output)
        return try writer.write()
      }
    }
  }
}

/// The writing of one layer.
private final class TreeWriting {
  private let tree: FileTree
  private var table: LayerTable
  private let output: ChunkWriter
  private let walk: FolderWalk
  private let block = UnsafeMutableRawBufferPointer.allocate(byteCount: TarHeader.blockSize, alignment: 8)

  init(_ tree: FileTree, _ output: ChunkWriter) {
    self.tree = tree
    self.output = output
    table = tree.table
    walk = FolderWalk(root: tree.root)
  }

  deinit { block.deallocate() }

  func write() throws(Diagnostic) -> LayerTable {
    for index in table.entries.indices { try write(index) }
    try output.zeros(Int64(2 * TarHeader.blockSize))
    try output.pad(to: LayerWriter.alignment)
    table.layerSize = output.position
    return table
  }

  private func write(_ index: Int) throws(Diagnostic) {
    let entry = table.entries[index]
    var header = TarHeader(path: path(index), type: Self.type(entry.kind))
    if entry.kind != .whiteout {
      let holder = table.entries[table.resolved(index)]
      header.permissions = holder.permissions
      header.owner = holder.owner
      header.group = holder.group
      header.modified = holder.modified
    }
    switch entry.kind {
    case .file: header.size = entry.size
    case .symbolicLink: header.target = Array(table.target(of: index))
    case .hardLink: header.target = table.path(of: entry.link)
    case .characterDevice, .blockDevice:
      header.major = entry.major
      header.minor = entry.minor
    case .folder, .fifo, .whiteout: break
    }
    var records = PaxRecords()
    header.extend(&records)
    for attribute in table.attributes(of: index) {
      records.add("SCHILY.xattr.".utf8 + attribute.name, attribute.value)
    }
    let hasContent = entry.kind == .file && entry.size > 0
    try writeExtendedHeader(records, aligning: hasContent)
    try write(header)
    if hasContent { try writeContent(index, entry) }
    if entry.isOpaque {
      var marker = TarHeader(path: header.path + Whiteout.opaque, type: "0")
      if index == 0 { marker.path = Whiteout.opaque }
      var records = PaxRecords()
      marker.extend(&records)
      try writeExtendedHeader(records, aligning: false)
      try write(marker)
    }
  }

  /// Writes what stands before the entry's own header: nothing where that's enough.
  private func writeExtendedHeader(_ records: PaxRecords, aligning: Bool) throws(Diagnostic) {
    let block = Int64(TarHeader.blockSize)
    var records = records
    let needed = (Int64(records.bytes.count) + block - 1) / block * block
    if aligning {
      let position = output.position + block
      if records.isEmpty, position % LayerWriter.alignment == 0 { return }
      // The records' room, rounded up so that the content comes to its place. Where the header of an
      // extended header is by itself just what is missing, it holds no records: readers take that, and it
      // spares 4 KiB for one file in eight.
      let start = position + block + needed
      let missing = (LayerWriter.alignment - start % LayerWriter.alignment) % LayerWriter.alignment
      if missing > 0 { records.pad(to: Int(needed + missing)) }
    } else if records.isEmpty {
      return
    }
    var header = TarHeader(path: Array("././@PaxHeader".utf8), type: "x")
    header.permissions = 0o644
    header.size = Int64(records.bytes.count)
    try write(header)
    try output.write(records.bytes)
    try output.pad(to: block)
  }

  private func write(_ header: TarHeader) throws(Diagnostic) {
    header.write(to: block)
    try output.write(raw: UnsafeRawBufferPointer(block))
  }

  private func writeContent(_ index: Int, _ entry: LayerEntry) throws(Diagnostic) {
    table.entries[index].offset = output.position
    let file = try walk.openFile(table, index)
    defer { close(file) }
    let count = try output.read(file, count: entry.size, walk.place(table, index))
    var information = stat()
    guard fstat(file, &information) == 0 else { throw .system(.current, "read", walk.place(table, index)) }
    guard count == entry.size, FileTree.Identity(information) == tree.identities[index] else {
      throw Diagnostic(.failed, "\(walk.place(table, index)) changed while the layer was written")
        .hint("make sure that nothing works in \(tree.root), then run the command again")
    }
    try output.pad(to: Int64(TarHeader.blockSize))
  }

  /// The entry's path in the archive.
  private func path(_ index: Int) -> [UInt8] {
    guard index > 0 else { return Array("./".utf8) }
    var path = table.path(of: index)
    switch table.entries[index].kind {
    case .folder: path.append(UInt8(ascii: "/"))
    case .whiteout: path.insert(contentsOf: Whiteout.prefix, at: path.count - table.name(of: index).count)
    default: break
    }
    return path
  }

  private static func type(_ kind: LayerEntry.Kind) -> Character {
    switch kind {
    case .file, .whiteout: "0"
    case .hardLink: "1"
    case .symbolicLink: "2"
    case .characterDevice: "3"
    case .blockDevice: "4"
    case .folder: "5"
    case .fifo: "6"
    }
  }
}
