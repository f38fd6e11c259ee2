import Essentials
import Glibc
import SystemPackage

/// Opens the entries of a table below a folder, from folder to folder, so that no link is ever followed.
///
/// Entries asked for in the table's order cost one opening each.
final class FolderWalk {
  private let root: FilePath
  // The folders above the entry last asked for, the root first.
  private var open: [(entry: Int, descriptor: Int32)] = []

  init(root: FilePath) { self.root = root }

  deinit { for folder in open { close(folder.descriptor) } }

  /// Opens a file for reading.
  func openFile(_ table: LayerTable, _ index: Int) throws(Diagnostic) -> Int32 {
    let folder = try folder(table, table.entries[index].parent)
    let file = openat(
      folder, Self.zeroed(table.name(of: index)), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard file >= 0 else { throw .system(.current, "open", place(table, index)) }
    return file
  }

  /// Where an entry lies on this machine, for a message.
  func place(_ table: LayerTable, _ index: Int) -> FilePath {
    root.appending(String(decoding: table.path(of: index), as: UTF8.self))
  }

  /// The descriptor of the folder that is entry `index`; it stays this object's.
  func folder(_ table: LayerTable, _ index: Int) throws(Diagnostic) -> Int32 {
    if let last = open.last, last.entry == index { return last.descriptor }
    if open.isEmpty {
      let descriptor = Glibc.open(root.string, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      guard descriptor >= 0 else { throw .system(.current, "open the folder", root) }
      open.append((0, descriptor))
    }
    var missing: [Int] = []
    var current = index
    while current != 0, !open.contains(where: { $0.entry == current }) {
      missing.append(current)
      current = table.entries[current].parent
    }
    while let last = open.last, last.entry != current {
      close(last.descriptor)
      open.removeLast()
    }
    for entry in missing.reversed() {
      let descriptor = openat(
        open[open.count - 1].descriptor, Self.zeroed(table.name(of: entry)),
        O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      guard descriptor >= 0 else {
        throw .system(.current, "open the folder", FilePath(table.pathText(of: entry)))
      }
      open.append((entry, descriptor))
    }
    return open[open.count - 1].descriptor
  }

  /// The name with a zero behind it.
  static func zeroed(_ name: ArraySlice<UInt8>) -> [CChar] { name.map { CChar(bitPattern: $0) } + [0] }
}
