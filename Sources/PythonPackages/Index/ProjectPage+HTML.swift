import Essentials

// Source: the PyPA specification "Simple repository API", base HTML API (PEP 503 with PEP 592, 658 and 714).

extension ProjectPage {
  init(html bytes: [UInt8], name: ProjectName, url: String) throws(Diagnostic) {
    var reader = AnchorReader(bytes)
    var files: [DistributionFile] = []
    var specifiers = SpecifierCache()
    var base = url
    while let element = reader.next() {
      if element.name == "base" {
        if let reference = element.attributes["href"] {
          base = RelativeURL.resolve(reference[...], base: url).url
        }
        continue
      }
      guard let reference = element.attributes["href"] else { continue }
      guard files.count < Self.fileLimit else {
        throw Diagnostic(
          .verificationFailed, "the index page of '\(name)' lists more than \(Self.fileLimit) files")
      }
      let (target, fragment) = RelativeURL.resolve(reference[...], base: base)
      let filename = element.text
      guard let kind = DistributionFile.Kind(filename: filename, project: name) else { continue }
      let hash = fragment.flatMap { $0.hasPrefix("sha256=") ? Digest(hexadecimal: $0.dropFirst(7)) : nil }
      let metadata = element.attributes["data-core-metadata"] ?? element.attributes["data-dist-info-metadata"]
      files.append(
        DistributionFile(
          filename: filename, kind: kind, url: target, sha256: hash, size: nil, uploaded: nil,
          requiresPython: element.attributes["data-requires-python"].flatMap { specifiers.parse($0) },
          yanked: element.attributes["data-yanked"], coreMetadata: Self.metadata(metadata)))
    }
    guard reader.sawMarkup else {
      throw Diagnostic(.verificationFailed, "the index page of '\(name)' is neither JSON nor HTML")
    }
    self.init(name: name, files: files)
  }

  private static func metadata(_ attribute: String?) -> DistributionFile.CoreMetadata {
    guard let attribute, attribute != "false" else { return .absent }
    let digest = attribute.hasPrefix("sha256=") ? Digest(hexadecimal: attribute.dropFirst(7)) : nil
    return .offered(digest)
  }
}
