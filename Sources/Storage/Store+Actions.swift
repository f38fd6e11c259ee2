package import Essentials
import Glibc
import SystemPackage

extension Store {
  private static let actionVersion = 1

  private struct RecordedAction: Codable {
    var key: Digest
    var result: ActionResult
  }

  private func location(of key: ActionKey) -> FilePath { location(ofAction: key.digest) }

  private func location(ofAction key: Digest) -> FilePath {
    root.appending("actions").appending(key.hexadecimal + ".json")
  }

  /// Remembers what an action made; its outputs must be stored already.
  ///
  /// Nothing waits for the disk: a record that a power failure damages or takes away is a miss, and the action is done again.
  package func record(_ key: ActionKey, _ result: ActionResult) throws(Diagnostic) {
    for (name, digest) in result.outputs where !contains(digest) {
      throw Diagnostic(
        .bug, "the output '\(name)' of an action, \(digest), was not stored before it was recorded")
    }
    let bytes = try SealedRecord.bytes(
      "action", version: Self.actionVersion, RecordedAction(key: key.digest, result: result))
    // Under the lock, so that a collection takes no file that is being written for a dead process's.
    try withLock(.shared) { () throws(Diagnostic) in
      try DurableFile.write(bytes, to: location(of: key), lasts: false)
    }
  }

  /// What the action made, where it is known and all of its outputs are still stored; they're held from here on.
  ///
  /// A record that is missing, damaged or of another version is a miss.
  package func action(for key: ActionKey) throws(Diagnostic) -> ActionResult? {
    let path = location(of: key)
    guard access(path.string, R_OK) == 0 else { return nil }
    let bytes = try DurableFile.read(path, limit: 16 << 20)
    guard
      let recorded = SealedRecord<RecordedAction>.content(
        "action", version: Self.actionVersion, of: bytes),
      recorded.key == key.digest
    else { return nil }
    try hold(recorded.result.outputs.values)
    guard recorded.result.outputs.values.allSatisfy(contains) else { return nil }
    return recorded.result
  }

  /// Removes the records of actions whose outputs are gone, and those that can't be read.
  /// - Returns: how many.
  func pruneActions(isKept: (Digest) -> Bool, dryRun: Bool) throws(Diagnostic) -> Int {
    let folder = root.appending("actions")
    var count = 0
    for name in try FolderListing.names(in: folder) where !name.hasPrefix(".") {
      let path = folder.appending(name)
      // One that went away meanwhile is none to count.
      guard let bytes = try? DurableFile.read(path, limit: 16 << 20) else { continue }
      let recorded = SealedRecord<RecordedAction>.content(
        "action", version: Self.actionVersion, of: bytes)
      if let recorded, recorded.result.outputs.values.allSatisfy(isKept) { continue }
      count += 1
      if !dryRun { unlink(path.string) }
    }
    return count
  }

  /// Moves the records of actions that can't be read into quarantine.
  /// - Returns: how many.
  func quarantineActions() throws(Diagnostic) -> Int {
    let folder = root.appending("actions")
    var count = 0
    for name in try FolderListing.names(in: folder) where !name.hasPrefix(".") {
      let path = folder.appending(name)
      var information = stat()
      guard lstat(path.string, &information) == 0, let bytes = try? DurableFile.read(path, limit: 16 << 20)
      else { continue }
      let recorded = SealedRecord<RecordedAction>.content("action", version: Self.actionVersion, of: bytes)
      if let recorded, location(ofAction: recorded.key) == path { continue }
      count += 1
      let target = root.appending("quarantine").appending("\(name).\(information.st_ino)")
      guard rename(path.string, target.string) == 0 || errno == ENOENT else {
        throw .system(.current, "move", path)
      }
    }
    if count > 0 { try DurableFile.synchronize(folder: folder) }
    return count
  }
}
