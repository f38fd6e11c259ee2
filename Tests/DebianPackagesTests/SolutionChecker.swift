import DebianPackages
import Essentials
import SystemPackage
import TestSupport
import Testing

/// Debian's own checker of installability (dose-debcheck), which knows nothing of orders of preference.
struct SolutionChecker {
  private let folder: FilePath

  init(in folder: FilePath) { self.folder = folder }

  /// Whether some versions of `archives` meet `requests` and all that they ask for.
  func canSatisfy(_ requests: [String], in archives: TestArchives) async throws -> Bool {
    let goal = try requests.map { text -> String in
      let request = try PackageRequest(parsing: text)
      guard let suite = request.suite else { return request.group.description }
      return try Self.newest(request.group.description, in: suite, of: archives)
    }
    return try await check(goal, archives.parts.map(\.lines).joined(separator: "\n"))
  }

  private static func newest(_ name: String, in suite: String, of archives: TestArchives) throws -> String {
    var versions: [DebianVersion] = []
    for part in archives.parts where part.archive.answers(to: suite) {
      for line in part.lines.split(separator: "\n") where line.hasPrefix("\(name) ") {
        let word = line.dropFirst(name.count + 1).prefix { $0 != ";" }
        versions.append(try DebianVersion(parsing: String(word)))
      }
    }
    let newest = try #require(versions.max())
    return "\(name) (= \(newest.text))"
  }

  /// Whether exactly `versions` meet `requests` and all that they ask for.
  func isWhole(_ versions: [String: String], for requests: [String], in archives: TestArchives) async throws
    -> Bool
  {
    let lines = archives.parts.flatMap { $0.lines.split(separator: "\n") }.filter { line in
      let words = line.split(separator: ";")[0].split(separator: " ")
      return versions[String(words[0])] == String(words[1])
    }
    let goal = versions.map { "\($0.key) (= \($0.value))" }
    let asked = try requests.map { try PackageRequest(parsing: $0).group.description }
    return try await check(goal + asked, lines.joined(separator: "\n"))
  }

  /// Whether exactly `packages` meet `requests` and all that they ask for.
  func isWhole(_ packages: [BinaryPackage], for requests: [String]) async throws -> Bool {
    func field(_ name: String, _ relations: [RelationGroup]) -> String {
      relations.isEmpty ? "" : "\(name): \(relations.map(\.description).joined(separator: ", "))\n"
    }
    let paragraphs = packages.map { package in
      "Package: \(package.name)\nVersion: \(package.version)\nArchitecture: \(package.architecture)\n"
        + "Multi-Arch: \(package.multiArch.rawValue)\n" + field("Pre-Depends", package.preDepends)
        + field("Depends", package.depends) + field("Conflicts", package.conflicts)
        + field("Breaks", package.breaks) + field("Provides", package.provides)
    }
    let goal = packages.map { "\($0.name) (= \($0.version))" }
    return try await check(goal + requests, text: paragraphs.joined(separator: "\n"))
  }

  private func check(_ goal: [String], _ lines: String) async throws -> Bool {
    try await check(goal, text: TestIndex.text(lines))
  }

  private func check(_ goal: [String], text paragraphs: String) async throws -> Bool {
    let text =
      "Package: the-goal\nVersion: 1\nArchitecture: amd64\nDepends: \(goal.joined(separator: ", "))\n\n\(paragraphs)"
    try DurableFile.write(Array(text.utf8), to: folder.appending("Packages"))
    let result = try await Command(
      "dose-debcheck",
      [
        "--deb-native-arch=amd64", "--deb-ignore-essential", "--checkonly=the-goal:amd64",
        folder.appending("Packages").string,
      ]
    ).run()
    // 0: all can be installed; 1: some can't.
    guard result.status <= 1 else { throw Diagnostic(.failed, result.errorText) }
    return result.status == 0
  }
}
