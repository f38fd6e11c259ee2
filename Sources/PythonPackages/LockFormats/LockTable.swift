import Essentials

/// What the tables of all lock formats have: names, versions, markers, digests.
extension TOMLTable {
  func projectName() throws(Diagnostic) -> ProjectName {
    guard let text = try string("name") else { throw missing("name") }
    guard let name = ProjectName(text) else {
      throw refusal("name", "'\(text.prefix(100).printable)' is no project's name")
    }
    return name
  }

  /// The version, nil where there is none.
  func version() throws(Diagnostic) -> PythonVersion? {
    guard let text = try string("version") else { return nil }
    guard let version = PythonVersion(text) else {
      throw refusal("version", "'\(text.prefix(100).printable)' is no version")
    }
    return version
  }

  /// Whether the marker of `key` holds, which it does where there is none.
  func holds(
    _ key: String, in environment: TargetEnvironment, groups: Set<ProjectName> = []
  ) throws(Diagnostic) -> Bool {
    guard let text = try string(key) else { return true }
    return try marker(text, key).holds(in: environment, groups: groups)
  }

  func marker(_ text: String, _ key: String) throws(Diagnostic) -> Marker {
    guard text.utf8.count <= 64 << 10 else { throw refusal(key, "a marker is too long") }
    do throws(Diagnostic) {
      return try Marker(parsing: text)
    } catch {
      throw refusal(key, "'\(text.prefix(100).printable)' is no marker: \(error.message)")
    }
  }

  /// Checks that one of the markers listed at `key` holds, where any are listed.
  func requireAnyMarker(_ key: String, _ environment: TargetEnvironment) throws(Diagnostic) {
    let texts = try strings(key)
    var holds = texts.isEmpty
    for text in texts where try marker(text, key).holds(in: environment) { holds = true }
    guard holds else {
      throw Diagnostic(
        .noSolution, "none of the environments that were locked is the image's", at: location(of: key),
        hints: [
          "lock for Linux on \(environment.architecture.machine) with CPython \(environment.series), too"
        ])
    }
  }

  /// Checks that the Pythons at `key` have the image's among them.
  func requirePython(
    _ key: String, _ environment: TargetEnvironment, of what: String,
    read: (String) -> [VersionSpecifiers]? = { VersionSpecifiers($0).map { [$0] } }
  ) throws(Diagnostic) {
    guard let text = try string(key) else { return }
    guard let alternatives = read(text) else {
      throw refusal(key, "'\(text.prefix(100).printable)' says nothing about Pythons that is understood")
    }
    guard alternatives.contains(where: { $0.contains(environment.python) }) else {
      throw Diagnostic(
        .noSolution,
        "\(what) for Python \(text.prefix(100).printable), and the image has \(environment.python)",
        at: location(of: key), hints: ["lock for the image's Python, or give the image another"])
    }
  }

  /// The digest at `key`, as `sha256:HEX`; nil where it's by another algorithm or missing.
  func digest(_ key: String) throws(Diagnostic) -> Digest? {
    guard let text = try string(key), text.hasPrefix("sha256:") else { return nil }
    guard let digest = Digest(text) else {
      throw refusal(key, "'\(text.prefix(100).printable)' is no SHA-256")
    }
    return digest
  }

  /// The string of the first of `keys` that is there.
  func string(firstOf keys: [String]) throws(Diagnostic) -> String? {
    for key in keys {
      if let text = try string(key) { return text }
    }
    return nil
  }

  func missing(_ key: String) -> Diagnostic {
    Diagnostic(.usage, "'\(key)' is missing", at: location)
  }
}

/// The file name at the end of a URL or path, without query and fragment, its escapes decoded.
func lastComponent(_ place: String) -> String {
  let path = place.prefix { $0 != "?" && $0 != "#" }
  let name = path.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
  var bytes: [UInt8] = []
  var rest = Array(name.utf8)[...]
  while let byte = rest.popFirst() {
    if byte == UInt8(ascii: "%"), let high = rest.first.flatMap(TOMLParser.hexadecimal),
      let low = rest.dropFirst().first.flatMap(TOMLParser.hexadecimal)
    {
      bytes.append(UInt8(high << 4 | low))
      rest = rest.dropFirst(2)
    } else {
      bytes.append(byte)
    }
  }
  return String(decoding: bytes, as: UTF8.self)
}
