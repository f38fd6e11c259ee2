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
    if let python {
      switch python.requirements {
      case .listed(let entries): text.add("requirements", anyOrder: entries.map(\.canonical))
      case .locked(let format, _, let content):
        text.add("locked", inOrder: [format.rawValue, Digest(of: content).description])
      }
      text.add("constraints", anyOrder: python.constraints.map(\.canonical))
    }
    return text.digest
  }

  /// The digest of what the recipe itself says about the application's layer; the files of its source and the
  /// layers below are beside it.
  package var applicationSettings: Digest {
    var text = CanonicalText("hardtack application 1")
    if let application {
      text.add("destination", inOrder: [application.destination.string])
      text.add("exclude", anyOrder: application.exclude.map(\.description))
      for step in application.build {
        text.add("run", inOrder: [step.value.run])
        if let inputs = step.value.inputs { text.add("inputs", anyOrder: inputs.map(\.description)) }
      }
    }
    return text.digest
  }

  /// The digest of what the recipe itself says about the configuration's layer; the content of the files that
  /// it names is beside it.
  package var configurationSettings: Digest {
    var text = CanonicalText("hardtack configuration 1")
    for file in files.map(\.value) {
      text.add(
        "file",
        inOrder: [
          file.destination.string, file.mode.octal, file.owner, file.group,
          file.source.isFolder ? "folder" : "file",
        ])
    }
    text.add("enable", anyOrder: services.enable.map(\.value.description))
    text.add("disable", anyOrder: services.disable.map(\.value.description))
    text.add("state", anyOrder: state.map(\.value.string))
    for secret in secrets.map(\.value) {
      text.add("secret", inOrder: [secret.name, secret.owner ?? "", secret.mode ?? ""])
    }
    return text.digest
  }
}

extension Recipe.RequirementEntry {
  fileprivate var canonical: String {
    ([requirement.description] + hashes.sorted().map(\.description)).joined(separator: " ")
  }
}
