package import Essentials
package import SystemPackage

/// A folder of this machine as a layer is to hold it: every entry's metadata, none of the content.
package struct FileTree: Sendable {
  /// What the folder is.
  package enum Mode: Sendable {
    /// A root tree by itself.
    case plain
    /// The upper folder of an overlay mount: devices 0:0 are whiteouts, and the overlay's own attributes
    /// are read and left out.
    /// Source: the kernel's Documentation/filesystems/overlayfs.rst.
    case overlayUpper
  }

  /// What is left out, by paths from the root, without a slash in front.
  package struct Exclusions: Sendable {
    /// Left out, with all below them.
    package var entries: Set<String>
    /// Folders that are kept, but empty.
    package var contents: Set<String>

    package init(entries: Set<String> = [], contents: Set<String> = []) {
      self.entries = entries
      self.contents = contents
    }
  }

  /// What tells whether a file changed since it was looked at.
  struct Identity: Sendable, Hashable {
    var device: UInt = 0
    var inode: UInt = 0
    var changed: Int64 = 0
    var changedNanoseconds: Int64 = 0
  }

  package let root: FilePath
  /// The entries; no file has a place in a tar yet.
  package internal(set) var table: LayerTable
  /// For each entry of the table.
  var identities: [Identity]
  /// Sockets, which no layer can hold: their paths. A socket is nothing without the process that made it.
  package internal(set) var dropped: [String]

  /// The bytes of content, hard links counted once.
  package var contentSize: Int64 { table.entries.reduce(0) { $0 + $1.size } }

  /// Looks at every entry below `root`, without following a link or leaving it.
  /// - Parameters:
  ///   - root: a folder.
  ///   - epoch: seconds since 1970; what was modified later counts as modified then. Fractions of a second
  ///     are cut off.
  ///   - mode: what the folder is.
  ///   - excluding: what is left out.
  /// - Throws: where something can't be read, is named like a whiteout, or can't be kept in a layer.
  package static func scan(
    root: FilePath, epoch: Int64, mode: Mode = .plain, excluding: Exclusions = Exclusions()
  ) throws(Diagnostic) -> FileTree {
    let scanner = FileTreeScanner(root: root, epoch: epoch, mode: mode, exclusions: excluding)
    return try scanner.scan()
  }
}
