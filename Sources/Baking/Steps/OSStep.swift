import DebianPackages
import Essentials
import Storage
import SystemPackage

/// The operating system: every locked Debian package, unpacked and configured.
struct OSStep: LayerStep {
  struct Package: Sendable {
    let name: String
    let version: String
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
      inputs: Dictionary(packages.map { ($0.name, $0.digest) }, uniquingKeysWith: { first, _ in first }),
      parameters: ["architecture": architecture.debian, "epoch": String(epoch)])
  }

  func makeTree(_ context: BakeContext) async throws -> FilePath {
    let root = try context.workspace.makeFolder("os")
    let builder = RootTreeBuilder(
      root: root, scratch: try context.workspace.makeFolder("sandbox"), architecture: architecture,
      epoch: epoch, progress: context.progress)
    let opened = try packages.map { package throws(Diagnostic) in
      RootTreeBuilder.Package(
        name: "\(package.name) \(package.version)",
        file: try DebFile(try context.store.open(package.digest), name: "\(package.name) \(package.version)"),
        size: package.size)
    }
    try await builder.build(opened)
    return root
  }
}
