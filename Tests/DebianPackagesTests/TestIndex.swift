import DebianPackages
import Essentials

/// A package index of a test's own, from short lines.
struct TestIndex {
  /// Paragraphs from lines such as `nginx 1.2; Depends: libc6 (>= 2), perl; Provides: httpd`, with all that a
  /// paragraph must have filled in.
  static func text(_ lines: String) -> String {
    lines.split(separator: "\n").map { line -> String in
      let fields = line.split(separator: ";").map { $0.drop { $0 == " " } }
      let words = (fields.first ?? "").split(separator: " ")
      var paragraph = ["Package: \(words[0])", "Version: \(words[1])"]
      paragraph += fields.dropFirst().map(String.init)
      if !paragraph.contains(where: { $0.hasPrefix("Architecture:") }) {
        paragraph.append("Architecture: amd64")
      }
      paragraph.append("Filename: pool/\(words[0])_\(words[1]).deb")
      paragraph.append("Size: 1000")
      paragraph.append("SHA256: \(Digest(of: String(line)).hexadecimal)")
      return paragraph.joined(separator: "\n") + "\n"
    }.joined(separator: "\n")
  }

  static func index(_ lines: String, more: [(PackageArchive, String)] = []) throws -> PackageIndex {
    let main = PackageArchive(identifier: "main", origin: "Test", suite: "stable", codename: "bookworm")
    let parts = [(main, lines)] + more
    return try PackageIndex(
      parts.map { PackageIndex.Part($0.0, IndexText(Array(text($0.1).utf8))) }, architecture: .amd64)
  }

  /// `name version` of what is chosen, by name.
  static func solve(
    _ index: PackageIndex, _ requests: [String], _ options: PackageSolver.Options = .init(variant: .empty)
  ) throws -> [String] {
    let requests = try requests.map { try PackageRequest(parsing: $0) }
    return try PackageSolver(index, options).solve(requests).choices.map {
      "\($0.package.name) \($0.package.version)"
    }
  }
}
