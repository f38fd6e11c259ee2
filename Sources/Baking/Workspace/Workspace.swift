import CLinux
package import Essentials
import Glibc
package import Storage
import Synchronization
package import SystemPackage

/// Where one bake does its work: a folder under the store's `staging`, gone when the bake ends.
///
/// Nothing in it is worth an fsync, and nothing refers to it: a process that dies leaves a folder that the next
/// bake removes. Format: `staging/PID.RANDOM/`, locked (flock(2)) by its owner through the file `lock` in it.
package final class Workspace: Sendable {
  package let folder: FilePath
  private let lock: Int32
  private let count = Mutex(0)

  /// Makes a workspace in `store`, and removes those that dead processes left.
  /// - Parameter purpose: what it's for, as a verb in the infinitive.
  package init(in store: Store, to purpose: String = "bake") throws(Diagnostic) {
    let staging = store.root.appending("staging")
    try Self.requireOwnership(of: store, to: purpose)
    try DurableFile.createFolder(staging, mode: 0o700)
    try Self.removeAbandoned(staging)
    folder = staging.appending("\(getpid()).\(String(UInt64.random(in: 0 ... .max), radix: 36))")
    try DurableFile.createFolder(folder, mode: 0o700)
    let path = folder.appending("lock")
    lock = open(path.string, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard lock >= 0, flock(lock, LOCK_EX | LOCK_NB) == 0 else { throw .system(.current, "lock", path) }
  }

  /// A new empty folder with the permissions of a root file system.
  package func makeFolder(_ name: String) throws(Diagnostic) -> FilePath {
    let number = count.withLock { count in
      count += 1
      return count
    }
    let path = folder.appending("\(name).\(number)")
    try DurableFile.createFolder(path)
    guard chmod(path.string, 0o755) == 0 else { throw .system(.current, "change the mode of", path) }
    return path
  }

  /// Removes everything in it. What can't be removed now, the next bake removes.
  deinit {
    try? FolderTree.remove(folder)
    close(lock)
  }

  /// A store that root has baked in, or another user, can be read but not baked in.
  private static func requireOwnership(of store: Store, to purpose: String) throws(Diagnostic) {
    let root = store.root
    let own = ["staging", "trees"].map(root.appending)
    for folder in [root] + own where access(folder.string, W_OK) != 0 && errno == EACCES {
      throw Diagnostic(
        .failed, "cannot \(purpose) in the store \(root): another user has baked in it, or made it",
        hints: [
          "name a folder of your own with --store",
          "or make it yours: sudo rm -rf \(own[0]) \(own[1]) && sudo chown -R $(id -un) \(root)",
        ])
    }
  }

  private static func removeAbandoned(_ staging: FilePath) throws(Diagnostic) {
    let handle = open(staging.string, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard handle >= 0 else { throw .system(.current, "read", staging) }
    defer { close(handle) }
    for name in try FolderTree.names(handle, staging) {
      let file = openat(handle, name + "/lock", O_RDWR | O_CLOEXEC)
      // Without a lock file it has only just been made, or is half removed; a day tells which.
      if file < 0 {
        var information = stat()
        guard fstatat(handle, name, &information, AT_SYMLINK_NOFOLLOW) == 0 else { continue }
        if time(nil) - information.st_mtim.tv_sec < 86400 { continue }
      } else if flock(file, LOCK_EX | LOCK_NB) != 0 {
        close(file)
        continue
      }
      try FolderTree.remove(staging.appending(name))
      if file >= 0 { close(file) }
    }
  }
}
