package import Essentials
package import SystemPackage

/// What a requirements file asks for, with the files that it includes.
///
/// Source: pip's documentation, "Requirements File Format". Comments, continued lines, `-r`, `-c` and `--hash` are read;
/// every other option is refused by name, since it would change what is installed without a trace in the lock.
package struct RequirementsFile: Sendable, Equatable {
  package var requirements: [RequestedRequirement] = []
  package var constraints: [RequestedRequirement] = []

  /// Whether every requirement lists the digests it allows.
  package var isHashed: Bool { !requirements.isEmpty && requirements.allSatisfy { !$0.hashes.isEmpty } }

  private static let sizeLimit = 16 << 20
  private static let depthLimit = 16

  /// Reads the requirements file `path` and those it includes.
  /// - Parameters:
  ///   - path: relative to `folder`.
  ///   - folder: the recipe's folder, which no included file may be outside of.
  package static func read(_ path: FilePath, in folder: FilePath) throws(Diagnostic) -> RequirementsFile {
    try read(path) { (path) throws(Diagnostic) in
      try DurableFile.read(folder.appending(path.components), limit: sizeLimit)
    }
  }

  /// Reads a requirements file and those it includes.
  /// - Parameter load: gives the bytes of a file by its path, which never leads out of where the first one lies.
  package static func read(
    _ path: FilePath, load: (FilePath) throws(Diagnostic) -> [UInt8]
  ) throws(Diagnostic) -> RequirementsFile {
    var file = RequirementsFile()
    try file.include(path, isConstraint: false, depth: 0, load: load)
    // Some digests and not others would leave the rest unchecked without a word.
    if let unhashed = file.requirements.first(where: { $0.hashes.isEmpty }),
      file.requirements.contains(where: { !$0.hashes.isEmpty })
    {
      throw Diagnostic(
        .usage, "'\(unhashed.requirement)' has no --hash although other requirements have one",
        at: unhashed.origin?.location, hints: ["give every requirement its --hash, or none"])
    }
    return file
  }

  private mutating func include(
    _ path: FilePath, isConstraint: Bool, depth: Int, load: (FilePath) throws(Diagnostic) -> [UInt8]
  ) throws(Diagnostic) {
    let path = path.lexicallyNormalized()
    for line in RequirementsLines(try load(path)) {
      let origin = RequestedRequirement.Origin(file: path.string, line: line.number)
      func refusal(_ message: String) -> Diagnostic { Diagnostic(.usage, message, at: origin.location) }
      guard line.text.hasPrefix("-") else {
        let asked = try Self.requirement(line.text, origin: origin)
        if isConstraint { constraints.append(asked) } else { requirements.append(asked) }
        continue
      }
      let option = RequirementsOption(line.text)
      guard ["-r", "--requirement", "-c", "--constraint"].contains(option.name) else {
        throw refusal("the option '\(option.name)' is not taken in a requirements file")
          .hint("name indexes and versions in the recipe; only -r, -c and --hash may stand here")
      }
      guard !option.value.isEmpty else { throw refusal("'\(option.name)' needs the path of a file") }
      guard depth < Self.depthLimit else { throw refusal("requirements files include each other too deeply") }
      let target = FilePath(option.value)
      let joined = path.removingLastComponent().appending(target.components).lexicallyNormalized()
      guard target.isRelative, !option.value.contains("://"), joined.components.first != ".." else {
        throw refusal("'\(option.value)' is outside of the recipe's folder")
      }
      let asksForConstraints = isConstraint || option.name == "-c" || option.name == "--constraint"
      try include(joined, isConstraint: asksForConstraints, depth: depth + 1, load: load)
    }
  }

  private static func requirement(
    _ text: String, origin: RequestedRequirement.Origin
  ) throws(Diagnostic) -> RequestedRequirement {
    // Options stand behind the requirement, each after white space and two dashes.
    let parts = text.split(separator: " --", omittingEmptySubsequences: false)
    var hashes: Set<Digest> = []
    var others: [String] = []
    for part in parts.dropFirst() {
      let option = RequirementsOption("--" + part)
      guard option.name == "--hash" else {
        throw Diagnostic(
          .usage, "the option '\(option.name)' is not taken in a requirements file", at: origin.location)
      }
      if let digest = Digest(option.value.lowercased()) {
        hashes.insert(digest)
      } else {
        others.append(option.value)
      }
    }
    guard others.isEmpty || !hashes.isEmpty, !others.contains(where: { $0.hasPrefix("sha256:") }) else {
      throw Diagnostic(
        .usage, "'\(others[0].prefix(100))' is no SHA-256 digest", at: origin.location,
        hints: ["write digests as --hash=sha256: and 64 hexadecimal digits"])
    }
    do {
      return RequestedRequirement(try Requirement(parsing: parts[0]), hashes: hashes, origin: origin)
    } catch {
      throw Diagnostic(error.category, error.message, at: origin.location)
        .hint(
          "a requirement is a name with versions, as in 'django>=5.2,<6'; places and archives are not taken")
    }
  }
}

/// An option with its value: `-r base.txt`, `--requirement=base.txt`, `-rbase.txt`.
private struct RequirementsOption {
  let name: String
  let value: String

  init(_ text: String) {
    let isLong = text.hasPrefix("--")
    let end =
      isLong
      ? text.firstIndex { $0 == "=" || $0 == " " || $0 == "\t" } ?? text.endIndex
      : text.index(text.startIndex, offsetBy: min(2, text.count))
    name = String(text[..<end])
    let rest = text[end...].drop { $0 == "=" || $0 == " " || $0 == "\t" }
    value = String(rest.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
  }
}
