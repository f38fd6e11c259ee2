import Essentials

// Source: the PyPA specification "Simple repository API" (PEP 691 with PEP 700, 592, 658 and 714).

extension ProjectPage {
  init(json bytes: [UInt8], name: ProjectName, url: String) throws(Diagnostic) {
    let title = "the index page of '\(name)'"
    var scanner = JSONScanner(bytes, name: title)
    var files: [DistributionFile] = []
    var hasFiles = false
    var specifiers = SpecifierCache()
    try scanner.object { (scanner: inout JSONScanner, key) throws(Diagnostic) in
      switch key {
      case "meta": try Self.checkVersion(&scanner, title: title)
      case "files":
        hasFiles = true
        try scanner.array { (scanner: inout JSONScanner) throws(Diagnostic) in
          guard files.count < Self.fileLimit else {
            throw Diagnostic(.verificationFailed, "\(title) lists more than \(Self.fileLimit) files")
          }
          if let file = try Self.file(&scanner, name: name, url: url, specifiers: &specifiers) {
            files.append(file)
          }
        }
      default: try scanner.skip()
      }
    }
    try scanner.end()
    guard hasFiles else { throw Diagnostic(.verificationFailed, "\(title) has no list of files") }
    self.init(name: name, files: files)
  }

  /// A version with another major number may mean other things by the same words.
  private static func checkVersion(_ scanner: inout JSONScanner, title: String) throws(Diagnostic) {
    try scanner.object { (scanner: inout JSONScanner, key) throws(Diagnostic) in
      guard key == "api-version" else { return try scanner.skip() }
      let version = try scanner.optionalString() ?? ""
      guard version.split(separator: ".").first == "1" else {
        throw Diagnostic(
          .verificationFailed, "\(title) has the format version '\(version)'; only 1 is known",
          hints: ["look for a newer version of this program"])
      }
    }
  }

  private static func file(
    _ scanner: inout JSONScanner, name: ProjectName, url: String, specifiers: inout SpecifierCache
  ) throws(Diagnostic) -> DistributionFile? {
    var filename = ""
    var reference = ""
    var sha256: Digest?
    var size: Int64?
    var uploaded: String?
    var requiresPython: String?
    var yanked: String?
    var metadata: DistributionFile.CoreMetadata?
    try scanner.object { (scanner: inout JSONScanner, key) throws(Diagnostic) in
      switch key {
      case "filename": filename = try scanner.optionalString() ?? ""
      case "url": reference = try scanner.optionalString() ?? ""
      case "hashes": sha256 = try Self.sha256(&scanner)
      case "size": size = try scanner.optionalInteger()
      case "upload-time": uploaded = try scanner.optionalString()
      case "requires-python": requiresPython = try scanner.optionalString()
      case "yanked":
        if let flag = scanner.optionalBool() {
          yanked = flag ? "" : nil
        } else {
          yanked = try scanner.optionalString()
        }
      case "core-metadata":
        metadata = try Self.metadata(&scanner)
      case "dist-info-metadata", "data-dist-info-metadata":
        // The older spellings count only where the newer one is absent (PEP 714).
        let older = try Self.metadata(&scanner)
        metadata = metadata ?? older
      default: try scanner.skip()
      }
    }
    guard let kind = DistributionFile.Kind(filename: filename, project: name), !reference.isEmpty else {
      return nil
    }
    return DistributionFile(
      filename: filename, kind: kind, url: RelativeURL.resolve(reference[...], base: url).url, sha256: sha256,
      size: size, uploaded: uploaded, requiresPython: requiresPython.flatMap { specifiers.parse($0) },
      yanked: yanked, coreMetadata: metadata ?? .absent)
  }

  private static func metadata(
    _ scanner: inout JSONScanner
  ) throws(Diagnostic) -> DistributionFile.CoreMetadata {
    if let flag = scanner.optionalBool() { return flag ? .offered(nil) : .absent }
    guard scanner.peek() == UInt8(ascii: "{") else {
      try scanner.skip()
      return .absent
    }
    return .offered(try sha256(&scanner))
  }

  private static func sha256(_ scanner: inout JSONScanner) throws(Diagnostic) -> Digest? {
    var digest: Digest?
    try scanner.object { (scanner: inout JSONScanner, key) throws(Diagnostic) in
      guard key == "sha256" else { return try scanner.skip() }
      digest = try scanner.optionalString().flatMap { Digest(hexadecimal: $0) }
    }
    return digest
  }
}

/// The files of a page mostly say the same of the Pythons they're for, so each text is read once.
struct SpecifierCache {
  private var known: [String: VersionSpecifiers?] = [:]

  mutating func parse(_ text: String) -> VersionSpecifiers? {
    if let found = known[text] { return found }
    let specifiers = VersionSpecifiers(lenient: text)
    known[text] = specifiers
    return specifiers
  }
}
