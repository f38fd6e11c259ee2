import DebianPackages
import Essentials

/// Several archives of a test's own, which apt reads as well as the solver.
struct TestArchives: Sendable {
  /// In the order of the sources: each with its lines.
  private(set) var parts: [(archive: PackageArchive, lines: String)]

  /// Archives from lines as ``TestIndex`` takes them. A line such as `@backports` begins another archive than `main`.
  init(_ text: String) {
    parts = []
    var name = "main"
    var lines: [Substring] = []
    for line in text.split(separator: "\n") {
      if line.hasPrefix("@") {
        parts.append((Self.archive(name), lines.joined(separator: "\n")))
        name = String(line.dropFirst())
        lines = []
      } else {
        lines.append(line)
      }
    }
    parts.append((Self.archive(name), lines.joined(separator: "\n")))
  }

  private static func archive(_ name: String) -> PackageArchive {
    if name == "main" {
      return PackageArchive(
        identifier: name, origin: "Test", label: "Test", suite: "stable", codename: "bookworm",
        version: "12.1")
    }
    if name == "vendor" {
      return PackageArchive(
        identifier: name, origin: "Vendor", label: "Vendor", suite: "vendor", codename: "vendor")
    }
    return PackageArchive(
      identifier: name, origin: "Test", label: "Test-\(name)", suite: "stable-\(name)",
      codename: "bookworm-\(name)", isNotAutomatic: ["backports", "experimental"].contains(name),
      hasAutomaticUpgrades: name == "backports")
  }

  func index() throws -> PackageIndex {
    try PackageIndex(
      parts.map { PackageIndex.Part($0.archive, IndexText(Array(TestIndex.text($0.lines).utf8))) },
      architecture: .amd64)
  }

  /// What the solver makes of `requests`.
  func solve(_ requests: [String], recommends: Bool = false, pins: PackagePins = PackagePins()) throws
    -> AptOracle.Answer
  {
    do {
      let solution = try PackageSolver(
        index(), .init(variant: .empty, recommends: recommends, pins: pins)
      ).solve(requests.map { try PackageRequest(parsing: $0) })
      return .installed(
        Dictionary(
          uniqueKeysWithValues: solution.choices.map { ($0.package.name.text, $0.package.version.text) }))
    } catch let refusal as Diagnostic where refusal.category == .noSolution {
      return .refused(refusal.description)
    }
  }
}

extension PackageArchive {
  /// The Release file that says what this says.
  var release: String {
    var lines = [
      "Origin: \(origin)", "Label: \(label)", "Suite: \(suite)", "Codename: \(codename)",
      "Architectures: amd64", "Components: \(component)",
    ]
    if !version.isEmpty { lines.append("Version: \(version)") }
    if isNotAutomatic { lines.append("NotAutomatic: yes") }
    if hasAutomaticUpgrades { lines.append("ButAutomaticUpgrades: yes") }
    return lines.map { $0 + "\n" }.joined()
  }
}

extension PackagePins {
  /// The rules as apt_preferences(5) writes them.
  var preferences: String {
    rules.map { rule in
      "Package: \(rule.packages.joined(separator: " "))\nPin: \(rule.target)\nPin-Priority: \(rule.priority)\n"
    }.joined(separator: "\n")
  }
}
