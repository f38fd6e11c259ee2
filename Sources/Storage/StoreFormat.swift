import Essentials
import Glibc
import SystemPackage

/// The version of a store's own files, and the making of a new store.
enum StoreFormat {
  /// What the file `format` holds. The number grows with any change that an older program would misread.
  static let text = "hardtack store 1\n"
  static let folders = [
    "blobs/sha256", "actions", "roots", "leases", "ingest", "quarantine", "verified",
  ]
  private static let allowedBefore: Set<String> = ["README.md", "CACHEDIR.TAG", ".gitignore", "lost+found"]

  /// Sees that `folder` is a store of this format; makes it one where it may.
  static func check(_ folder: FilePath, creating: Bool) throws(Diagnostic) {
    let path = folder.appending("format")
    if access(path.string, F_OK) != 0 {
      guard errno == ENOENT || errno == ENOTDIR else { throw .system(.current, "open the store", folder) }
      guard creating else {
        throw Diagnostic(
          .failed, "there is no store in \(folder)",
          hints: ["name the store with --store or HARDTACK_STORE, or run 'hardtack fetch' to make one"])
      }
      for name in try FolderListing.names(in: folder) where !allowed(name) {
        throw Diagnostic(
          .failed, "\(folder) is no store and holds other things, such as '\(name)'",
          hints: ["name an empty folder, or one that does not exist, with --store"])
      }
      // The format comes first: whatever else a crash leaves behind, the folder is known for a store.
      try DurableFile.write(Array(text.utf8), to: path)
    }
    let found = try DurableFile.read(path, limit: 4096)
    guard found == Array(text.utf8) else {
      let line = String(decoding: found.prefix { $0 != UInt8(ascii: "\n") }.prefix(80), as: UTF8.self)
      throw Diagnostic(
        .verificationFailed,
        "the store \(folder) has the format '\(line)'; this program knows '\(text.dropLast())' only",
        hints: ["use the version of hardtack that made the store, or name another folder with --store"])
    }
  }

  /// Creates what is missing of the layout. A store that can't be written to is left as it is: it can be read.
  static func layOut(_ root: FilePath) throws(Diagnostic) {
    do {
      for folder in folders { try DurableFile.createFolder(root.pushing(FilePath(folder))) }
      try createOnce(root.appending("oci-layout"), #"{"imageLayoutVersion":"1.0.0"}"#)
      try createOnce(root.appending("index.json"), ImageIndex.empty)
      try createOnce(
        root.appending("CACHEDIR.TAG"),
        """
        Signature: 8a477f597d28d172789f06886806bc55
        # This folder is a cache: hardtack fills it, and deleting it is always safe.

        """)
    } catch {
      guard access(root.string, W_OK) != 0, errno == EROFS || errno == EACCES else { throw error }
    }
  }

  private static func createOnce(_ path: FilePath, _ text: String) throws(Diagnostic) {
    guard access(path.string, F_OK) != 0 else { return }
    try DurableFile.write(Array(text.utf8), to: path)
  }

  /// Whether a folder that is about to become a store may hold `name` already: what a repository keeps in
  /// it, and what a killed creation left.
  private static func allowed(_ name: String) -> Bool {
    allowedBefore.contains(name) || (name.hasPrefix(".format.") && name.hasSuffix(".tmp"))
      || name == "format"
  }
}
