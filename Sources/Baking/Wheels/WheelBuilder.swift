package import Essentials
import Glibc
package import Lockfiles
package import Storage

/// Builds wheels for whoever writes a lockfile: what a bake does where a built wheel isn't stored, before there's anything
/// else to bake.
package struct WheelBuilder: Sendable {
  let store: Store
  let lockfile: Lockfile
  let progress: Progress

  /// - Parameter lockfile: as far as it's known: the packages that wheels are built on, and the Python. All of its packages are
  ///   stored.
  package init(store: Store, lockfile: Lockfile, progress: Progress) {
    self.store = store
    self.lockfile = lockfile
    self.progress = progress
  }

  /// What the build of `source` requires beside what its settings name. What those name is stored.
  package func requirements(of source: Lockfile.SourcePin) async throws -> [String] {
    try await SourceBuild(source, lockfile).requirements(try context())
  }

  /// Builds and stores the wheel of `source`.
  package func wheel(of source: Lockfile.SourcePin) async throws -> Lockfile.BuiltWheel {
    try await SourceBuild(source, lockfile).wheel(try context())
  }

  private func context() throws(Diagnostic) -> BakeContext {
    // Whatever the person's own umask is, it does not bear on the wheel.
    umask(0o022)
    return BakeContext(
      store: store, workspace: try Workspace(in: store, to: "build wheels"), trees: try TreeCache(store),
      progress: progress, epoch: lockfile.epoch, clockShift: 0)
  }
}

extension SourceBuild {
  /// The build of `source` as `lockfile` has it.
  init(_ source: Lockfile.SourcePin, _ lockfile: Lockfile) throws(Diagnostic) {
    self.init(
      source: source, system: OSStep(lockfile, with: lockfile.debian.build),
      python: try lockfile.interpreterVersion())
  }
}
