import Essentials
package import PythonPackages
package import Storage
package import Transfer

/// The Python index that this machine's pip is set up for.
package struct PythonArchive: Sendable {
  let base: ResourceURL
  let store: Store
  let downloader: Downloader

  /// Finds the index: `HARDTACK_PYPI_INDEX`, else what pip's environment and configuration say, else pip's default.
  /// - Throws: where it is reached over plain http: nothing signs what a Python index says.
  package init(store: Store, downloader: Downloader, environment: (String) -> String?) async throws {
    self.store = store
    self.downloader = downloader
    let text = try await Self.address(environment)
    let url = try ResourceURL(text.hasSuffix("/") ? text : text + "/")
    let isLocal = url.scheme == .file || ["localhost", "127.0.0.1", "[::1]", "::1"].contains(url.host)
    guard url.scheme == .https || isLocal else {
      throw Diagnostic(
        .verificationFailed, "the Python index is reached over plain http, and nothing signs what it says",
        hints: ["set an https address as index-url in pip's configuration, or in HARDTACK_PYPI_INDEX"])
    }
    base = url
  }

  private static func address(_ environment: (String) -> String?) async throws -> String {
    for name in ["HARDTACK_PYPI_INDEX", "PIP_INDEX_URL"] {
      if let value = environment(name), !value.isEmpty { return value }
    }
    // pip knows where its configuration lies, and what its default is; nothing here repeats either.
    let script = """
      from pip._internal.configuration import Configuration
      from pip._internal.models.index import PyPI
      c = Configuration(isolated=False)
      c.load()
      d = dict(c.items())
      if d and all(isinstance(v, dict) for v in d.values()):
          d = {k: v for part in d.values() for k, v in part.items()}
      print(d.get("install.index-url") or d.get("global.index-url") or PyPI.simple_url)
      """
    for python in ["python3", "/usr/bin/python3"] {
      guard let result = try? await Command(python, ["-c", script]).run() else { continue }
      let text = result.outputText.trimmingBlanks()
      if result.status == 0, !text.isEmpty { return text }
    }
    try Task.checkCancellation()
    throw Diagnostic(
      .failed, "this machine's pip doesn't say which Python index to use",
      hints: ["install python3-pip, or set HARDTACK_PYPI_INDEX to the address of a simple index"])
  }

  /// The address of a project's page.
  func url(of project: ProjectName) throws(Diagnostic) -> ResourceURL {
    try base.resolving("\(project)/")
  }
}

extension String {
  /// Without blanks and line ends at either end.
  func trimmingBlanks() -> String {
    let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\n" || $0 == "\r" || $0 == "\t" }
    guard let first = firstIndex(where: { !isBlank($0) }), let last = lastIndex(where: { !isBlank($0) })
    else {
      return ""
    }
    return String(self[first...last])
  }
}

extension PythonArchive: PythonIndex {
  package func page(of project: ProjectName) async throws -> ProjectPage? {
    let response = try await downloader.get(
      Request(try url(of: project), headers: [("Accept", ProjectPage.accept)]))
    if response.status == 404 { return nil }
    guard response.status == 200 else {
      throw Diagnostic(
        .notAvailableOffline, "the Python index answers \(response.status) when asked for \(project)",
        hints: ["try again; the index may have trouble"])
    }
    return try ProjectPage(
      name: project, url: response.url.text, contentType: response.headers["content-type"],
      bytes: response.body)
  }

  package func metadata(of file: DistributionFile, page: ProjectPage) async throws -> CoreMetadata {
    let name = "the metadata of \(file.filename)"
    guard let address = file.metadataURL, case .offered(let digest) = file.coreMetadata else {
      return try await metadataInside(file)
    }
    if let digest, store.contains(digest) {
      return try CoreMetadata(parsing: try store.read(digest, limit: CoreMetadata.limit), file: name)
    }
    let response = try await downloader.get(Request(try ResourceURL(address), limit: CoreMetadata.limit))
    guard response.status == 200 else { return try await metadataInside(file) }
    if let digest {
      guard Digest(of: response.body) == digest else {
        throw Diagnostic(
          .verificationFailed, "\(name) is not what the index says it is", hints: ["try again"])
      }
      _ = try store.publish(response.body)
    }
    return try CoreMetadata(parsing: response.body, file: name)
  }

  /// For an index that doesn't offer metadata by itself: the few parts of the wheel that hold it, or the whole
  /// wheel, which is likely to be needed anyhow, where the server gives no parts.
  private func metadataInside(_ file: DistributionFile) async throws -> CoreMetadata {
    guard case .wheel(let filename) = file.kind, let digest = file.sha256 else {
      throw Diagnostic(
        .verificationFailed, "the index gives no SHA-256 for \(file.filename)",
        hints: ["use an index that does; a lockfile pins by it"])
    }
    if !store.contains(digest), let size = file.size,
      let metadata = try await metadataByParts(filename, size, try ResourceURL(file.url))
    {
      return metadata
    }
    if !store.contains(digest) {
      let artifact = Artifact(
        digest: digest, size: file.size ?? 0, urls: [try ResourceURL(file.url)], label: file.filename)
      try await downloader.fetch([artifact], into: store, progress: Progress(style: .quiet))
    }
    return try Wheel(try store.open(digest), filename: filename).metadata
  }

  private func metadataByParts(_ filename: WheelFilename, _ size: Int64, _ url: ResourceURL) async throws
    -> CoreMetadata?
  {
    var reader = WheelMetadataReader(filename, size: size)
    while true {
      switch try reader.step() {
      case .done(let metadata): return metadata
      case .fetch(let range):
        let response = try await downloader.get(
          Request(
            url, headers: [("Range", "bytes=\(range.lowerBound)-\(range.upperBound - 1)")],
            limit: Int(size) + 1))
        if response.status == 206, response.body.count == range.count {
          reader.add(response.body, at: range.lowerBound)
        } else if response.status == 200, Int64(response.body.count) == size {
          reader.add(response.body, at: 0)
        } else {
          return nil
        }
      }
    }
  }
}
