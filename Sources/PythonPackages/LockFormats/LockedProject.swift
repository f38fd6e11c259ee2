package import Essentials

/// A project that another tool's lockfile pins.
package struct LockedProject: Sendable, Equatable {
  /// A wheel that the lockfile allows.
  package struct LockedWheel: Sendable, Equatable {
    package var filename: WheelFilename
    /// Nil where the lockfile gives no SHA-256 of it.
    package var digest: Digest?
    /// In bytes, where the lockfile says.
    package var size: Int64?
  }

  /// A source distribution that the lockfile allows.
  package struct LockedSource: Sendable, Equatable {
    package var filename: String
    /// Nil where the lockfile gives no SHA-256 of it.
    package var digest: Digest?
    /// In bytes, where the lockfile says.
    package var size: Int64?
  }

  package var name: ProjectName
  package var version: PythonVersion
  package var wheels: [LockedWheel]
  /// What a wheel could be built from; nil where the lockfile has no source distribution, or only one whose name isn't that
  /// of the project and its version.
  package var source: LockedSource?
  /// Those that ask for it, sorted, as far as the lockfile tells.
  package var askedForBy: [ProjectName] = []
  /// Whether the project that was locked asks for it itself, as far as the lockfile tells.
  package var isRequested = false
  /// Where the lockfile pins it.
  package var location: Diagnostic.Location

  /// One of each name, in the order of their names.
  /// - Throws: where the lockfile pins two versions of one project for the same environment.
  static func sorted(_ projects: [LockedProject]) throws(Diagnostic) -> [LockedProject] {
    let sorted = projects.sorted {
      ($0.name.description, $0.location.line ?? 0) < ($1.name.description, $1.location.line ?? 0)
    }
    for (one, other) in zip(sorted, sorted.dropFirst()) where one.name == other.name {
      throw Diagnostic(
        .usage,
        "'\(one.name)' is locked as \(one.version) and as \(other.version) for the image's environment",
        at: other.location, hints: ["lock again: a lockfile has one version of a project for one environment"]
      )
    }
    return sorted
  }
}
