import Essentials
import PythonPackages

/// What each installed wheel requires must be installed too, in a version that it takes: what `pip check` asks.
struct WheelConsistency {
  /// Absolute, in the image.
  let environmentFolder: String
  /// As in `3.11`.
  let series: String
  /// The interpreter's whole version.
  let python: PythonVersion
  let architecture: Architecture

  var key: String { "\(environmentFolder) \(series) \(python)" }

  func findings(in tree: ImageTree) -> [String] {
    let folder = "\(environmentFolder)/lib/python\(series)/site-packages"
    guard let node = tree.find(folder) else { return [] }
    var findings: [String] = []
    var installed: [ProjectName: CoreMetadata] = [:]
    for child in tree.children(of: node)
    where tree.name(of: child).suffix(10).elementsEqual(".dist-info".utf8) {
      guard let file = tree.child(Array("METADATA".utf8)[...], of: child) else { continue }
      do {
        let metadata = try CoreMetadata(parsing: tree.content(of: file), file: tree.pathText(of: file))
        installed[metadata.name] = metadata
      } catch {
        findings.append(error.message)
      }
    }
    // What the C library's version decides, tags of files, plays no part here.
    let environment = TargetEnvironment(
      python: python, architecture: architecture, glibc: .init(major: 2, minor: 0))
    for metadata in installed.values.sorted(by: { $0.name < $1.name }) {
      if let wanted = metadata.requiresPython, !wanted.contains(python) {
        findings.append(
          "\(metadata.name) \(metadata.version) requires Python \(wanted), and \(python) is installed")
      }
      for requirement in metadata.requirements where requirement.applies(to: environment) {
        guard let found = installed[requirement.name] else {
          findings.append(
            "\(metadata.name) \(metadata.version) requires \(requirement), which isn't installed")
          continue
        }
        guard !requirement.specifiers.contains(found.version) else { continue }
        findings.append(
          "\(metadata.name) \(metadata.version) requires \(requirement), and \(found.version) is installed")
      }
    }
    return findings
  }
}
