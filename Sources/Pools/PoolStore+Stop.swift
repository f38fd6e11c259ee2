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
}
