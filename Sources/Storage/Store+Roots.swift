package import Essentials
import Glibc
import SystemPackage

extension Store {
  private static let rootVersion = 1

  func location(_ kind: Root.Kind, _ name: String) -> FilePath {
    root.appending("roots").appending(kind.rawValue).appending(Digest(of: name).hexadecimal + ".json")
  }

  /// Records `root`, in place of one of the same kind and name.
  package func keep(_ root: Root) throws(Diagnostic) {
    // Held first, so that nothing of it goes while it is not yet recorded.
    try hold(root.digests)
    try write(root, .shared) { root }
  }

  /// Changes a root, or records it where there is none, while nobody else changes one.
  /// - Parameters:
  ///   - root: what is recorded where there is none yet; its digests are held, and so must be what `change` adds.
  ///   - change: is given what is recorded, or `root`.
  package func update(_ root: Root, _ change: (inout Root) -> Void) throws(Diagnostic) {
    try hold(root.digests)
    try write(root, .exclusive) { () throws(Diagnostic) in
      // A damaged one is replaced, which is what its error asks for.
      var changed = (try? self.root(root.kind, root.name)) ?? root
      change(&changed)
      return changed
    }
  }

  private func write(
    _ root: Root, _ mode: FileLock.Mode, _ content: () throws(Diagnostic) -> Root
  ) throws(Diagnostic) {
    let path = location(root.kind, root.name)
    try DurableFile.createFolder(path.removingLastComponent())
    // Under the lock, so that a collection takes no file that is being written for a dead process's.
    try withLock(mode) { () throws(Diagnostic) in
      try DurableFile.write(
        try SealedRecord.bytes("root", version: Self.rootVersion, try content()), to: path)
    }
    try DurableFile.synchronize(folder: path.removingLastComponent().removingLastComponent())
  }

  /// Forgets a root; its blobs go with the next collection.
  /// - Returns: whether there was one.
  @discardableResult
  package func forget(_ kind: Root.Kind, _ name: String) throws(Diagnostic) -> Bool {
    let path = location(kind, name)
    guard unlink(path.string) == 0 else {
      if errno == ENOENT { return false }
      throw .system(.current, "remove", path)
    }
    try DurableFile.synchronize(folder: path.removingLastComponent())
    return true
  }

  /// The root of this kind and name, or nil where there is none.
  /// - Throws: `verificationFailed` where it is damaged.
  package func root(_ kind: Root.Kind, _ name: String) throws(Diagnostic) -> Root? {
    let path = location(kind, name)
    guard access(path.string, F_OK) == 0 else { return nil }
    return try load(path, kind)
  }

  /// All roots, by kind and name.
  /// - Throws: `verificationFailed` where one is damaged: a collection that went on would lose what it keeps.
  package func roots() throws(Diagnostic) -> [Root] {
    var roots: [Root] = []
    for kind in Root.Kind.allCases {
      var found: [Root] = []
      for path in try rootPaths(kind) { found.append(try load(path, kind)) }
      roots += found.sorted { $0.name < $1.name }
    }
    return roots
  }

  /// The files of all roots of a kind.
  func rootPaths(_ kind: Root.Kind) throws(Diagnostic) -> [FilePath] {
    let folder = root.appending("roots").appending(kind.rawValue)
    return try FolderListing.names(in: folder).filter { $0.hasSuffix(".json") && !$0.hasPrefix(".") }
      .map(folder.appending)
  }

  func load(_ path: FilePath, _ kind: Root.Kind) throws(Diagnostic) -> Root {
    let bytes = try DurableFile.read(path, limit: 64 << 20)
    guard let root = SealedRecord<Root>.content("root", version: Self.rootVersion, of: bytes),
      root.kind == kind, location(kind, root.name) == path
    else {
      throw Diagnostic(
        .verificationFailed, "the root \(path) is damaged or of a format that this program does not know",
        hints: [
          "\(kind.renewal); where you can't tell what it stood for, do so for all and then remove the file; until then"
            + " nothing is collected"
        ]
      )
    }
    return root
  }
}

extension Root.Kind {
  /// What writes a root of this kind anew.
  fileprivate var renewal: String {
    switch self {
    case .lockfile: "run 'hardtack fetch' for the recipe that it stood for"
    case .image: "run 'hardtack bake' for the image that it stood for"
    case .pool: "stop the pool that it stood for"
    case .archive: "it kept what a database held before a swap"
    }
  }
}
