import Essentials
import SystemPackage

/// Reads apt's two ways of writing sources.
struct AptSourceReader {
  let architecture: Architecture

  private static let limit = 1 << 20

  /// One source a line: `deb [signed-by=/… arch=amd64] URI SUITE COMPONENT…`.
  func readLines(_ file: FilePath) throws(Diagnostic) -> [AptSource] {
    let text = String(decoding: try DurableFile.read(file, limit: Self.limit), as: UTF8.self)
    var sources: [AptSource] = []
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let location = Diagnostic.Location(file: file.string, line: index + 1)
      var rest = line.prefix { $0 != "#" }
      var options: [String: String] = [:]
      if let open = rest.firstIndex(of: "["), rest[..<open].allSatisfy({ $0 != "/" }) {
        guard let end = rest.firstIndex(of: "]"), end > open else {
          throw Diagnostic(.failed, "the options of the source aren't closed by ']'", at: location)
        }
        for option in rest[rest.index(after: open)..<end].split(separator: " ") {
          let parts = option.split(separator: "=", maxSplits: 1).map(String.init)
          if parts.count == 2 { options[parts[0].lowercased()] = parts[1] }
        }
        rest = rest[..<open] + rest[rest.index(after: end)...]
      }
      let words = rest.split(whereSeparator: { $0 == " " || $0 == "\t" }).map(String.init)
      guard words.first == "deb" else { continue }
      guard words.count >= 3 else {
        throw Diagnostic(.failed, "the source lacks a URI or a suite", at: location)
      }
      let given: [String: String?] = [
        "uris": words[1], "suites": words[2], "components": words[3...].joined(separator: " "),
        "architectures": options["arch"]?.replacing(",", with: " "), "signed-by": options["signed-by"],
      ]
      sources += try self.sources(given.compactMapValues { $0 }, at: location)
    }
    return sources
  }

  /// One source a paragraph, as deb822(5) has it.
  func readParagraphs(_ file: FilePath) throws(Diagnostic) -> [AptSource] {
    let text = String(decoding: try DurableFile.read(file, limit: Self.limit), as: UTF8.self)
    var sources: [AptSource] = []
    var paragraph: [Substring] = []
    var start = 1
    func finish() throws(Diagnostic) {
      defer { paragraph = [] }
      guard !paragraph.isEmpty else { return }
      let fields = try ControlParagraph(
        parsing: paragraph.joined(separator: "\n"), name: file.string)
      let types = (fields["types"] ?? "").split(whereSeparator: { " \t\n".contains($0) })
      guard types.contains("deb"), (fields["enabled"] ?? "yes").lowercased() != "no" else { return }
      let location = Diagnostic.Location(file: file.string, line: start)
      let names = ["uris", "suites", "components", "architectures", "signed-by"]
      let pairs = names.compactMap { name in fields[name].map { (name, $0) } }
      sources += try self.sources(Dictionary(pairs, uniquingKeysWith: { first, _ in first }), at: location)
    }
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      if line.allSatisfy({ $0 == " " || $0 == "\t" || $0 == "\r" }) {
        try finish()
        start = index + 2
      } else if !line.hasPrefix("#") {
        // A comment may stand in the midst of a field.
        paragraph.append(line)
      }
    }
    try finish()
    return sources
  }

  private func sources(_ fields: [String: String], at location: Diagnostic.Location) throws(Diagnostic)
    -> [AptSource]
  {
    func words(_ name: String) -> [String] {
      (fields[name] ?? "").split(whereSeparator: { " \t\n".contains($0) }).map(String.init)
    }
    let architectures = words("architectures")
    guard architectures.isEmpty || architectures.contains(architecture.debian) else { return [] }
    let signedBy = try signedBy(fields["signed-by"], at: location)
    var sources: [AptSource] = []
    for uri in words("uris") {
      let uri = String(uri.reversed().drop { $0 == "/" }.reversed())
      for suite in words("suites") where !suite.hasSuffix("/") {
        sources.append(
          AptSource(
            uri: uri.replacing("$(ARCH)", with: architecture.debian),
            suite: suite.replacing("$(ARCH)", with: architecture.debian), components: words("components"),
            signedBy: signedBy, location: location))
      }
    }
    return sources
  }

  private func signedBy(_ text: String?, at location: Diagnostic.Location) throws(Diagnostic)
    -> AptSource.SignedBy
  {
    guard let text, !text.isEmpty else { return .trustedKeyrings }
    if text.contains("-----BEGIN PGP PUBLIC KEY BLOCK-----") {
      // deb822 indents the lines by a blank and writes an empty one as a dot.
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
        let line = line.drop { $0 == " " }
        return line == "." ? "" : String(line)
      }
      return .embedded(lines.joined(separator: "\n"))
    }
    let words = text.split(whereSeparator: { ", \t\n".contains($0) }).map(String.init)
    if words.count == 1, words[0].hasPrefix("/") { return .keyring(FilePath(words[0])) }
    if words.allSatisfy({ $0.hasPrefix("/") }) { return .keyrings(words.map { FilePath($0) }) }
    let fingerprints = words.map { $0.uppercased() }
    guard fingerprints.allSatisfy(Self.isFingerprint) else {
      throw Diagnostic(
        .failed, "the source is signed by '\(text)', which are neither paths of keyrings nor fingerprints",
        at: location, hints: ["name the keyrings' files in Signed-By, or whole fingerprints of trusted keys"])
    }
    return .fingerprints(fingerprints)
  }

  private static func isFingerprint(_ word: String) -> Bool {
    let digits = word.hasSuffix("!") ? word.dropLast() : word[...]
    return (digits.count == 40 || digits.count == 64) && digits.allSatisfy(\.isHexDigit)
  }
}
