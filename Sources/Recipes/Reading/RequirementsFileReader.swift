import Essentials
import PythonPackages
import SystemPackage

/// Reads pip's requirements files: requirements, hashes, and includes by `-r` and `-c`.
///
/// Options that say where packages come from are refused: that is the baking machine's to say.
/// Source: pip's documentation, "Requirements File Format".
struct RequirementsFileReader {
  /// More files than this, included from one another, are refused.
  private static let most = 64

  let folder: RecipeFolder
  /// The recipe's folder as errors name it.
  let shownFolder: FilePath
  private(set) var requirements: [Recipe.RequirementEntry] = []
  private(set) var constraints: [Recipe.RequirementEntry] = []
  private var seen: Set<Visit> = []

  private struct Visit: Hashable {
    var file: FilePath
    var asConstraints: Bool
  }

  init(folder: RecipeFolder, shownFolder: FilePath) {
    self.folder = folder
    self.shownFolder = shownFolder
  }

  /// Takes in the file at `path` and those it includes; one that was read already adds nothing.
  mutating func read(_ path: RecipePath, asConstraints: Bool = false) throws(Diagnostic) {
    guard seen.insert(Visit(file: path.real, asConstraints: asConstraints)).inserted else { return }
    let shown = shownFolder.pushing(path.relative).string
    guard seen.count <= Self.most else {
      throw Diagnostic(.usage, "\(shown) is one of more than \(Self.most) requirements files included")
    }
    guard let text = String(validating: try DurableFile.read(path.real, limit: 4 << 20), as: UTF8.self) else {
      throw Diagnostic(.usage, "\(shown) isn't UTF-8 text", hints: ["save the file as UTF-8"])
    }
    for line in RequirementsLine.lines(of: text) {
      try take(line, of: path, shown: shown, asConstraints: asConstraints)
    }
  }

  private mutating func take(
    _ line: RequirementsLine, of path: RecipePath, shown: String, asConstraints: Bool
  ) throws(Diagnostic) {
    let location = Diagnostic.Location(file: shown, line: line.number)
    guard line.text.hasPrefix("-") else {
      let entry = try Self.entry(line.text, at: location)
      if asConstraints { constraints.append(entry) } else { requirements.append(entry) }
      return
    }
    let (option, argument) = line.option
    switch option {
    case "-r", "--requirement", "-c", "--constraint":
      let included = try folder.path(argument, relativeTo: path.relative.removingLastComponent()) {
        message, hint in
        Diagnostic(.usage, "'\(option)' \(message)", at: location, hints: hint.map { [$0] } ?? [])
      }
      guard !included.isFolder else {
        throw Diagnostic(.usage, "'\(option)' names '\(argument)', which is a folder", at: location)
      }
      try read(included, asConstraints: asConstraints || option == "-c" || option == "--constraint")
    case "--only-binary", "--require-hashes", "--prefer-binary":
      // All of them hold for every lock anyway.
      return
    case "-i", "--index-url", "--extra-index-url", "--no-index", "-f", "--find-links", "--trusted-host":
      throw Diagnostic(
        .usage, "a requirements file may not say '\(option)': lockfiles pin content, not places",
        at: location,
        hints: ["remove the line; the index is the one that pip is configured for on this machine"])
    case "-e", "--editable":
      throw Diagnostic(
        .usage, "an editable requirement can't be pinned", at: location,
        hints: ["make what it names part of the application, or build a wheel of it"])
    default:
      throw Diagnostic(.usage, "the option '\(option)' isn't taken in a requirements file", at: location)
    }
  }

  private static func entry(
    _ text: String, at location: Diagnostic.Location
  ) throws(Diagnostic) -> Recipe.RequirementEntry {
    var words = text.split(whereSeparator: { $0 == " " || $0 == "\t" })
    let firstOption = words.firstIndex { $0.hasPrefix("--") } ?? words.endIndex
    let options = words[firstOption...]
    words = Array(words[..<firstOption])
    var hashes: [Digest] = []
    var named = 0
    for option in options {
      guard option.hasPrefix("--hash=") else {
        throw Diagnostic(.usage, "the option '\(option)' isn't taken behind a requirement", at: location)
      }
      named += 1
      let hash = option.dropFirst("--hash=".count)
      guard hash.hasPrefix("sha256:") else { continue }
      guard let digest = Digest(hash.lowercased()) else {
        throw Diagnostic(.usage, "'\(hash)' is no SHA-256", at: location)
      }
      hashes.append(digest)
    }
    guard named == 0 || !hashes.isEmpty else {
      throw Diagnostic(
        .usage, "none of the hashes is a SHA-256", at: location, hints: ["write --hash=sha256: and 64 digits"]
      )
    }
    do throws(Diagnostic) {
      return Recipe.RequirementEntry(
        requirement: try Requirement(parsing: words.joined(separator: " ")), hashes: hashes,
        location: location)
    } catch {
      var refusal = error
      refusal.category = .usage
      refusal.location = location
      throw refusal
    }
  }
}
