import DebianPackages
import Essentials
import Lockfiles
import PythonPackages

extension OSStep {
  /// The system that `lockfile` pins.
  /// - Parameter further: packages that the image doesn't have and that are there all the same.
  init(_ lockfile: Lockfile, with further: [Lockfile.DebianPin] = []) {
    self.init(
      packages: (lockfile.debian.packages + further).map {
        OSStep.Package(
          name: $0.name, version: $0.version, architecture: $0.architecture, digest: $0.digest, size: $0.size)
      }, architecture: lockfile.debian.architecture, epoch: lockfile.epoch)
  }
}

extension Lockfile {
  /// The whole version of the image's Python, from the package that holds it.
  func interpreterVersion() throws(Diagnostic) -> PythonVersion {
    let series = python?.interpreter ?? ""
    let package = debian.packages.first { $0.name == "python\(series)-minimal" }
    let upstream = package.flatMap { DebianVersion($0.version) }?.upstream ?? ""
    guard let version = PythonVersion(String(upstream.prefix { $0.isNumber || $0 == "." })) else {
      throw Diagnostic(
        .noSolution, "the lockfile pins wheels for Python \(series), but no such Python",
        hints: ["run 'hardtack lock' on the recipe"])
    }
    return version
  }
}
