import DebianPackages
import Essentials
import PythonPackages
import Storage

/// What an image's root tree says is installed in it: dpkg's status, and the METADATA of the environment's wheels.
struct InstalledComponents {
  private let tree: ImageTree
  private let status: Int?
  /// Each wheel's METADATA.
  private let metadata: [Int]

  /// - Parameter environment: the Python environment's folder of packages, where there is one.
  init(_ tree: ImageTree, environment: String?) {
    self.tree = tree
    status = tree.find("/var/lib/dpkg/status")
    let folder = environment.flatMap { tree.find($0) }
    metadata = (folder.map { tree.children(of: $0) } ?? 0..<0).filter {
      tree.name(of: $0).suffix(10).elementsEqual(".dist-info".utf8)
    }.compactMap { tree.child(Array("METADATA".utf8)[...], of: $0) }
  }

  /// Where all of it stands, and in which layers: what doesn't change while this doesn't.
  var places: String {
    (metadata + [status].compactMap { $0 }).map { "\(tree.merged.nodes[$0].layer) \(tree.pathText(of: $0))" }
      .joined(separator: "\n")
  }

  /// The layers that any of it stands in, by number.
  var layers: Set<Int> { Set((metadata + [status].compactMap { $0 }).map { tree.merged.nodes[$0].layer }) }

  /// Those of `pinned` that are installed, as they're pinned; and what is installed without being pinned.
  /// - Throws: `verificationFailed` where the tree has no record of packages, or one that can't be read.
  func reconcile(_ pinned: [Component]) throws(Diagnostic) -> [Component] {
    let known = Dictionary(pinned.map { (Key($0), $0) }, uniquingKeysWith: { first, _ in first })
    let found = try packages() + wheels()
    let components = found.map { known[Key($0)] ?? $0 }
    return components.sorted { ($0.kind.rawValue, $0.identifier) < ($1.kind.rawValue, $1.identifier) }
  }

  private struct Key: Hashable {
    let kind: Component.Kind
    let name: String
    /// A package's. The files' names and METADATA may write one version of a wheel in two ways.
    let version: String?
    let wheel: PythonVersion?
    let architecture: String?

    init(_ component: Component) {
      kind = component.kind
      name = component.name
      version = kind == .package ? component.version : nil
      wheel = kind == .wheel ? PythonVersion(component.version) : nil
      architecture = component.architecture
    }
  }

  private func packages() throws(Diagnostic) -> [Component] {
    guard let status else {
      throw Diagnostic(
        .verificationFailed, "the root tree has no /var/lib/dpkg/status, so what is installed can't be told")
    }
    let bytes = tree.content(of: status, limit: 256 << 20)
    let paragraphs = try ControlParagraph.list(parsing: bytes, name: "/var/lib/dpkg/status")
    return paragraphs.filter { $0["Status"]?.hasSuffix(" installed") ?? false }.compactMap { paragraph in
      guard let name = paragraph["Package"], let version = paragraph["Version"] else { return nil }
      return Component(
        kind: .package, name: name, version: version, architecture: paragraph["Architecture"])
    }
  }

  private func wheels() throws(Diagnostic) -> [Component] {
    try metadata.map { node throws(Diagnostic) in
      let read = try CoreMetadata(parsing: tree.content(of: node), file: tree.pathText(of: node))
      return Component(
        kind: .wheel, name: read.name.description, version: read.version.description)
    }
  }
}
