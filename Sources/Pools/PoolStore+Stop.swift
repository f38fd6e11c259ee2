package import Essentials
import Glibc
package import Storage
import SystemPackage

extension PoolStore {
  /// Ends a pool's machines, all at once. Its logs and the disks of its state stay, for the next pool of this name.
  /// - Parameters:
  ///   - patience: how long the guests may take to shut down; none are asked where zero.
  ///   - removing: whether the pool's folder goes too, state and all.
  ///   - store: forgets that the pool needs its image.
  /// - Returns: how each instance ended, in their order: `shutdown`, `quit`, `killed` or `gone`.
  @discardableResult
  package func stop(
    _ name: String, patience: Duration = .seconds(60), removing: Bool = false, store: Store?,
    progress: Progress
  ) async throws -> [String] {
    // Read before and behind the lock: the lock's file makes no pool.
    _ = try pool(name)
    let lock = try lock(name)
    defer { withExtendedLifetime(lock) {} }
    var record = adopting(try pool(name))
    let stage = progress.stage("stopping \(name)", items: record.instances.count)
    let pool = record
    let manners: [Ending.Manner]
    do {
      manners = try await pool.instances.concurrentMap(limit: pool.instances.count) { instance in
        guard let process = instance.process else { return .gone }
        let manner = try await Ending.end(
          process, in: folder(of: instance, in: pool), patience: patience)
        stage.advance(items: 1)
        return manner
      }
    } catch {
      stage.finish()
      throw error
    }
    stage.finish()
    for (index, instance) in record.instances.enumerated() {
      record.instances[index].process = nil
      let folder = folder(of: instance, in: record)
      LogKeeper.finish(in: folder)
      for name in InstanceFiles.live { unlink(folder.appending(name).string) }
    }
    record.phase = .stopped
    record.starter = nil
    try store?.forget(.pool, name)
    if removing {
      try removeFolder(of: name)
    } else {
      try write(record)
    }
    return manners.map(\.rawValue)
  }

  /// Ends one machine of a pool and takes it out of the record; where it's the only one, the pool is stopped. Nothing is
  /// drained. Its log and the disk of its state stay, for the next instance of this name.
  /// - Parameters:
  ///   - name: the instance's.
  ///   - patience: how long the guest may take to shut down; it isn't asked where zero.
  ///   - removing: whether the instance's folder goes too, state and all.
  /// - Returns: how it ended: `shutdown`, `quit`, `killed` or `gone`.
  @discardableResult
  package func stop(
    instance name: String, patience: Duration = .seconds(60), removing: Bool = false, store: Store?,
    progress: Progress
  ) async throws -> String {
    let pool = try instance(name).0.name
    do {
      let lock = try lock(pool)
      defer { withExtendedLifetime(lock) {} }
      var record = adopting(try self.pool(pool))
      guard let index = record.instances.firstIndex(where: { $0.name == name }) else {
        throw Diagnostic(.failed, "the instance '\(name)' was taken out of the pool '\(pool)' meanwhile")
      }
      if record.instances.count > 1 {
        let instance = record.instances[index]
        let folder = folder(of: instance, in: record)
        let stage = progress.stage("stopping \(name)")
        defer { stage.finish() }
        var manner = Ending.Manner.gone
        if let process = instance.process {
          manner = try await Ending.end(process, in: folder, patience: patience)
        }
        LogKeeper.finish(in: folder)
        for name in InstanceFiles.live { unlink(folder.appending(name).string) }
        // Only now: until it has ended it's known.
        record.instances.remove(at: index)
        try write(record)
        if removing { try FolderRemoval.remove(folder) }
        return manner.rawValue
      }
    }
    return try await stop(
      pool, patience: patience, removing: removing, store: store, progress: progress
    ).first ?? Ending.Manner.gone.rawValue
  }
}
