import Essentials

extension PackageIndex {
  /// The known fields of an entry's paragraph.
  func fields(_ id: PackageEntry.ID) -> ParagraphFields {
    let entry = entries[Int(id)]
    let buffer = parts[Int(entry.text)].text.buffer
    var fields = ParagraphFields()
    var scanner = ControlScanner(buffer, from: Int(entry.paragraph.start))
    // The paragraph was scanned when the index was read, so no fault is left in it.
    while case .field(let name, let value)? = try? scanner.next() {
      if let field = Field(name) { fields[field] = value }
    }
    return fields
  }

  /// All that an entry says.
  func package(_ id: PackageEntry.ID) throws(Diagnostic) -> BinaryPackage {
    let entry = entries[Int(id)]
    let fields = fields(id)
    func fault(_ field: String, _ why: String) -> Diagnostic {
      Diagnostic(
        .verificationFailed,
        "the package index of \(archive(id).suite) is malformed: in \(names[entry.name]) \(versionText(id).text), \(field) \(why)"
      )
    }
    func relations(_ field: Field, _ label: String) throws(Diagnostic) -> [RelationGroup] {
      guard let value = fields[field] else { return [] }
      do { return try RelationGroup.list(parsing: value) } catch {
        throw fault(label, "is malformed: \(error.message)")
      }
    }
    guard let name = PackageName(names[entry.name]), let version = DebianVersion(versionText(id).text) else {
      throw fault("the version", "is none")
    }
    guard let path = fields[.filename]?.trimmed(), Self.isSafe(path) else {
      throw fault("Filename", "is missing or leaves the archive")
    }
    guard let size = fields[.size].flatMap({ Int64($0.trimmed().text) }), size > 0 else {
      throw fault("Size", "is missing or no number")
    }
    guard let digest = fields[.sha256].flatMap({ Digest(hexadecimal: $0.trimmed().text.lowercased()) }) else {
      throw fault("SHA256", "is missing or malformed")
    }
    let multiArch: BinaryPackage.MultiArch =
      entry.flags.contains(.sameArchitecture)
      ? .same
      : entry.flags.contains(.foreignArchitecture)
        ? .foreign : entry.flags.contains(.allowedArchitecture) ? .allowed : .no
    return BinaryPackage(
      name: name, version: version,
      architecture: entry.flags.contains(.isForAll) ? "all" : architecture.debian,
      source: fields[.source]?.split(whereSeparator: \.isWhitespace).first?.text,
      section: fields[.section]?.trimmed().text,
      priority: BinaryPackage.Priority(rawValue: entry.priority),
      isEssential: entry.flags.contains(.essential), isProtected: entry.flags.contains(.protected),
      multiArch: multiArch,
      preDepends: try relations(.preDepends, "Pre-Depends"), depends: try relations(.depends, "Depends"),
      recommends: try relations(.recommends, "Recommends"), conflicts: try relations(.conflicts, "Conflicts"),
      breaks: try relations(.breaks, "Breaks"), replaces: try relations(.replaces, "Replaces"),
      provides: try relations(.provides, "Provides"), path: path.text, size: size, digest: digest,
      phasedUpdatePercentage: fields[.phasedUpdatePercentage].flatMap { Int($0.trimmed().text) },
      archive: archive(id))
  }

  // A path in an archive is relative and never climbs.
  private static func isSafe(_ path: Bytes) -> Bool {
    guard !path.isEmpty, path.first != UInt8(ascii: "/"), !path.contains(where: { $0 < 0x21 }) else {
      return false
    }
    return !path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
      .contains { $0.isEmpty || $0.elementsEqual("..".utf8) }
  }
}
