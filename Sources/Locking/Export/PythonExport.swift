package import Essentials
package import Lockfiles

/// The Python part of a lockfile in the words of other tools.
///
/// It names no host, as the lockfile doesn't: whoever installs from it takes the files from an index of their own, and holds
/// them against the hashes.
package struct PythonExport {
  /// What may be written.
  package enum Format: String, Sendable, CaseIterable {
    /// The PyPA specification "pylock.toml" (PEP 751).
    case pylock
    /// pip's requirements file with hashes, as pip-compile lays it out.
    case requirements
  }

  let python: Lockfile.Python
  let architecture: Architecture

  /// - Throws: where the lockfile has no Python part.
  package init(_ lockfile: Lockfile) throws(Diagnostic) {
    guard let python = lockfile.python else {
      throw Diagnostic(
        .usage, "the lockfile pins no wheels", hints: ["the recipe asks for none: it has no 'python'"])
    }
    self.python = python
    architecture = lockfile.debian.architecture
  }

  /// The whole text of the file.
  package func text(as format: Format) -> String {
    switch format {
    case .pylock: pylock
    case .requirements: requirements
    }
  }

  var pins: [Lockfile.PythonPin] { python.packages }

  /// Those that ask for `pin`, in order, and whether the recipe does.
  func askers(of pin: Lockfile.PythonPin) -> (names: [String], isRequested: Bool) {
    var names: [String] = []
    for case .dependency(_, let name, _) in pin.because { names.append(name) }
    return (names, pin.because.contains(.requested))
  }
}
