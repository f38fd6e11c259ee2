import DebianPackages
import Essentials
import Lockfiles
import PythonPackages
import Storage

// A digest says what a file's bytes are, not what the lockfile calls them. Who edits a version and leaves the digest
// would have people review one version and bake another.
extension LockedArtifacts {
  /// Holds the versions of wheels and source distributions against their file names.
  func requireNamedAlike() throws(Diagnostic) {
    guard let python = lockfile.python else { return }
    for pin in python.packages + python.sources.flatMap(\.requires)
    where WheelFilename(pin.file, of: pin.name, pin.version) == nil {
      throw Lockfile.mismatch(pin.name, pin.version, pin.file)
    }
    for pin in python.sources
    where !DistributionFile.isSource(pin.file, of: pin.name, pin.version) {
      throw Lockfile.mismatch(pin.name, pin.version, pin.file)
    }
  }

  /// Holds the packages' names, versions and architectures against what they say themselves.
  func requireAlike() async throws {
    _ = try await lockfile.debian.all.concurrentMap { pin in
      try self.requireAlike(pin)
    }
  }

  private func requireAlike(_ pin: Lockfile.DebianPin) throws(Diagnostic) {
    let label = "\(pin.name) \(pin.version)"
    let file = try DebFile(try store.open(pin.digest), name: label)
    let paragraph = try ControlParagraph(parsing: file.control, name: "\(label)'s control")
    let found = ["package", "version", "architecture"].map { paragraph[$0] ?? "" }
    guard found == [pin.name, pin.version, pin.architecture] else {
      throw Lockfile.mismatch(pin.name, pin.version, "the package \(found.joined(separator: " "))")
    }
  }
}
