/// What a wheel's file name says: `NAME-VERSION(-BUILD)?-PYTHON-ABI-PLATFORM.whl`.
///
/// Source: the PyPA specification "Binary distribution format" (PEP 427), "File name convention", and
/// "Platform compatibility tags" (PEP 425) for the compressed sets of tags.
package struct WheelFilename: Sendable, Hashable {
  /// A build tag: a number and what stands behind it. None sorts below every one.
  package struct Build: Sendable, Hashable, Comparable {
    package var number: UInt64
    package var suffix: String

    package static func < (a: Build, b: Build) -> Bool {
      (a.number, a.suffix) < (b.number, b.suffix)
    }
  }

  package let text: String
  package let name: ProjectName
  package let version: PythonVersion
  package let build: Build?
  /// The interpreters, ABIs and platforms, in lower case; every combination of them is a tag.
  package let pythons: [String]
  package let abis: [String]
  package let platforms: [String]

  /// More combinations than this make a name no wheel's.
  private static let tagLimit = 4096

  /// The parts of `text`, or nil where it's no wheel's file name.
  package init?(_ text: some StringProtocol) {
    guard text.hasSuffix(".whl"), text.utf8.count <= 1024 else { return nil }
    let parts = text.dropLast(4).split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 5 || parts.count == 6, !parts[0].contains("__"), let name = ProjectName(parts[0]),
      let version = PythonVersion(parts[1])
    else { return nil }
    if parts.count == 6 {
      var scanner = TextScanner(parts[2])
      guard let number = scanner.takeNumber() else { return nil }
      build = Build(number: number, suffix: scanner.text(scanner.position..<scanner.bytes.count))
    } else {
      build = nil
    }
    let sets = parts.suffix(3).map { part in
      part.split(separator: ".", omittingEmptySubsequences: false).map { $0.lowercased() }
    }
    guard !sets.contains(where: { $0.contains("") }), sets[0].allSatisfy(Self.isIdentifier) else {
      return nil
    }
    let (pythons, abis, platforms) = (sets[0], sets[1], sets[2])
    guard pythons.count < 64, abis.count < 64, pythons.count * abis.count * platforms.count <= Self.tagLimit
    else { return nil }
    self.text = String(text)
    self.name = name
    self.version = version
    self.pythons = pythons
    self.abis = abis
    self.platforms = platforms
  }

  /// The same, where it's the name of a wheel of `project` in `version`; else nil.
  package init?(_ text: String, of project: String, _ version: String) {
    self.init(text)
    guard name == ProjectName(project), self.version == PythonVersion(version) else { return nil }
  }

  /// Whether it names the same wheel, however the two are spelled.
  func isSame(as other: WheelFilename) -> Bool {
    name == other.name && version == other.version && build == other.build && pythons == other.pythons
      && abis == other.abis && platforms == other.platforms
  }

  private static func isIdentifier(_ text: String) -> Bool {
    text.utf8.first.map(TextScanner.isDigit) == false && text.utf8.allSatisfy(TextScanner.isWord)
  }

  /// The tags as the file name has them: `py3-none-any`.
  package var tags: String {
    [pythons, abis, platforms].map { $0.joined(separator: ".") }.joined(separator: "-")
  }
}
