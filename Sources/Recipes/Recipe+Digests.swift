import DebianPackages
package import Essentials
import Images
import PythonPackages
import SystemPackage

extension Recipe {
  /// The digest of what bears on resolution, and of nothing else.
  ///
  /// Comments, formatting, the order of packages and requirements, and everything that is baked without being
  /// resolved leave it as it is. A lockfile holds it, and fits only a recipe that still has it.
  package var resolutionDigest: Digest {
    var text = CanonicalText("hardtack resolution 1")
    text.add(
      "base",
      inOrder: [base.distribution.rawValue, base.suite, base.architecture.debian, base.variant.rawValue])
    text.add("packages", anyOrder: packages.map(\.value.description))
    text.add("recommends", inOrder: [String(recommends)])
    for archive in archives.map(\.value).sorted(by: { $0.name < $1.name }) {
      text.add(
        "archive", inOrder: [archive.name, archive.url, archive.suite, archive.key.description])
      text.add("components", anyOrder: archive.components)
    }
    for pin in pins.map(\.value) {
      text.add("pin", anyOrder: pin.packages)
      text.add("priority", inOrder: [pin.target.description, String(pin.priority)])
    }
    if let python {
      switch python.requirements {
      case .listed(let entries): text.add("requirements", anyOrder: entries.map(\.canonical))
      case .locked(let format, _, let content):
        text.add("locked", inOrder: [format.rawValue, Digest(of: content).description])
      }
      text.add("constraints", anyOrder: python.constraints.map(\.canonical))
      if !python.build.isEmpty { text.add("build", inOrder: python.build.map(\.description)) }
      if !python.buildPackages.isEmpty {
        text.add("build packages", anyOrder: python.buildPackages.map(\.value.description))
      }
    }
    return text.digest
  }
}

extension Recipe.RequirementEntry {
  fileprivate var canonical: String {
    ([requirement.description] + hashes.sorted().map(\.description)).joined(separator: " ")
  }
}
