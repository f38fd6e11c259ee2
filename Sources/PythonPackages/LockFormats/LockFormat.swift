package import Essentials

/// The lockfiles of other tools, known by their names.
package enum LockFormat: String, Sendable, CaseIterable {
  /// The PyPA specification "pylock.toml" (PEP 751): `pylock.toml` or `pylock.NAME.toml`.
  case pylock
  /// uv's `uv.lock`.
  case uv
  /// Poetry's `poetry.lock`, as Poetry 2 writes it.
  case poetry

  /// The format of a file of that name, or nil where it's no lockfile's.
  package init?(fileName: String) {
    switch fileName {
    case "uv.lock": self = .uv
    case "poetry.lock": self = .poetry
    case "pylock.toml": self = .pylock
    case let name where name.hasPrefix("pylock.") && name.hasSuffix(".toml"): self = .pylock
    default: return nil
    }
  }

  /// What a person does to move what such a lockfile pins.
  package var upgradeAdvice: String {
    switch self {
    case .pylock: "write it anew with the tool that made it"
    case .uv: "run 'uv lock --upgrade'"
    case .poetry: "run 'poetry update --lock'"
    }
  }

  /// Reads a lockfile: what it has installed in `environment`, without extras of the project, and without
  /// dependency groups that aren't installed by default.
  ///
  /// Markers are evaluated for `environment`. Nothing is resolved, and no place that the file names is asked for anything.
  /// - Parameters:
  ///   - content: the file.
  ///   - file: what messages call it.
  /// - Returns: the projects in the order of their names, each once.
  /// - Throws: `usage` where the file isn't what the format says, or asks for what an image can't have: something from
  ///   a repository, an address, a folder or a further index; `noSolution` where it isn't for `environment`.
  package func read(_ content: [UInt8], file: String, environment: TargetEnvironment) throws(Diagnostic)
    -> [LockedProject]
  {
    let root = try TOMLDocument(parsing: content, file: file).root
    switch self {
    case .pylock: return try PylockReader(root, environment).read()
    case .uv:
      var reader = try UvLockReader(root, environment)
      return try reader.read()
    case .poetry: return try PoetryLockReader(root, environment).read()
    }
  }
}
