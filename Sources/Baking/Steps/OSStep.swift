import DebianPackages
import Essentials
import Lockfiles
import Storage
import SystemPackage

/// The operating system: every locked Debian package, unpacked and configured.
struct OSStep: LayerStep {
  struct Package: Sendable {
    let name: String
    let version: String
    let architecture: String
    let digest: Digest
    /// In bytes.
    let size: Int64
  }

  let packages: [Package]
  let architecture: Architecture
  let epoch: Int64

  var name: String { "os" }

  var key: ActionKey {
    ActionKey(
      "os layer", version: BakeContext.version,
      // With the version, so that one which was edited by hand is no pin that was checked before.
      inputs: Dictionary(
        packages.map { ("\($0.name) \($0.version)", $0.digest) }, uniquingKeysWith: { first, _ in first }),
      parameters: ["architecture": architecture.debian, "epoch": String(epoch)])
  }

  func makeTree(_ context: BakeContext) async throws -> FilePath {
    let root = try context.workspace.makeFolder("os")
    let builder = RootTreeBuilder(
      root: root, scratch: try context.workspace.makeFolder("sandbox"), architecture: architecture,
      epoch: epoch, clockShift: context.clockShift, progress: context.progress)
    let stage = context.progress.stage("reading \(packages.count) packages")
    let opened = try packages.map { package throws(Diagnostic) in
      let name = "\(package.name) \(package.version)"
      let file = try DebFile(try context.store.open(package.digest), name: name)
      let unpacked = try UnpackedPackage(file, name: name)
      // What was read is kept, and the pages around it aren't wanted until the package's turn to be unpacked comes.
      file.release()
      guard
        (unpacked.name, unpacked.version, unpacked.architecture)
          == (package.name, package.version, package.architecture)
      else {
        throw Lockfile.mismatch(
          package.name, package.version,
          "the package \(unpacked.name) \(unpacked.version) \(unpacked.architecture)")
      }
      return RootTreeBuilder.Package(name: name, file: file, unpacked: unpacked, size: package.size)
    }
    stage.finish()
    try await builder.build(opened)
    return root
  }
}
