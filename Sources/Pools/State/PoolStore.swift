package import Essentials
import Glibc
import Storage
package import SystemPackage

/// The folder of the pools of one user on one machine. It's apart from the store: deleting a cache ends no machine.
///
///     NAME/pool.json            what the pool is, as ``PoolRecord``
///     NAME/INSTANCE/            one machine's files, as ``InstanceFiles`` names them
///     NAME.lock                 held while a command changes the pool
///     accelerator.json          what a probe of KVM found
package struct PoolStore: Sendable {
  package let folder: FilePath
  /// The program that carries guests' connections to services; looked for beside this one where nil.
  package var relay: FilePath?

  package init(folder: FilePath) { self.folder = folder }

  /// The folder that `HARDTACK_STATE` names, else the `hardtack` in `XDG_STATE_HOME`, else `~/.local/state/hardtack`.
  package init(environment: (String) -> String?) throws(Diagnostic) {
    func absolute(_ name: String) -> FilePath? {
      guard let value = environment(name), value.hasPrefix("/") else { return nil }
      return FilePath(value)
    }
    if let path = environment("HARDTACK_STATE"), !path.isEmpty {
      guard path.hasPrefix("/") else {
        throw Diagnostic(.usage, "HARDTACK_STATE is no absolute path: '\(path)'")
      }
      folder = FilePath(path)
    } else if let state = absolute("XDG_STATE_HOME") {
      folder = state.appending("hardtack")
    } else if let home = absolute("HOME") {
      folder = home.appending(".local/state/hardtack")
    } else {
      throw Diagnostic(
        .usage, "there is no folder for the pools' state: HOME isn't set",
        hints: ["set HARDTACK_STATE to a folder"])
    }
  }

  /// Whether a pool can have this name: it becomes host names and folders.
  package static func isName(_ name: String) -> Bool {
    let bytes = Array(name.utf8)
    guard (1...40).contains(bytes.count), bytes.first != UInt8(ascii: "-"), bytes.last != UInt8(ascii: "-")
    else { return false }
    return bytes.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == UInt8(ascii: "-") }
  }

  func folder(of pool: String) -> FilePath { folder.appending(pool) }

  func folder(of instance: PoolRecord.Instance, in pool: PoolRecord) -> FilePath {
    folder(of: pool.name).appending(instance.name)
  }

  private func recordPath(_ pool: String) -> FilePath { folder(of: pool).appending("pool.json") }

  func exists(_ pool: String) -> Bool {
    Self.isName(pool) && access(recordPath(pool).string, F_OK) == 0
  }

  /// The names of all pools, sorted.
  package func names() throws(Diagnostic) -> [String] {
    try FolderListing.names(in: folder).filter(exists).sorted()
  }

  /// The pool called `name`.
  /// - Throws: where there is none, with the nearest names.
  package func pool(_ name: String) throws(Diagnostic) -> PoolRecord {
    guard exists(name) else {
      let names = try names()
      let hint =
        NearestName.hint(for: name, among: names)
        ?? (names.isEmpty ? "'hardtack boot' starts one" : "'hardtack pools' lists them")
      throw Diagnostic(.usage, "there is no pool '\(name)'", hints: [hint])
    }
    return try StateFile.read(
      PoolRecord.self, from: recordPath(name), version: PoolRecord.currentVersion)
  }

  func write(_ record: PoolRecord) throws(Diagnostic) {
    try DurableFile.createFolder(folder, mode: 0o700)
    try StateFile.write(record, to: recordPath(record.name))
  }

  /// Holds the pool called `name` until the lock goes.
  /// - Throws: `locked` where another command holds it.
  func lock(_ name: String) throws(Diagnostic) -> PoolLock {
    try DurableFile.createFolder(folder, mode: 0o700)
    return try PoolLock(
      folder.appending(name + ".lock"),
      refusal: Diagnostic(
        .locked, "another command is at work on the pool '\(name)'",
        hints: ["wait for it, or end it; 'hardtack pools' shows how far it is"]))
  }

  /// Removes the pool's folder, the disks of its state among it.
  func removeFolder(of pool: String) throws(Diagnostic) {
    try FolderRemoval.remove(folder(of: pool))
    unlink(folder.appending(pool + ".lock").string)
  }
}
