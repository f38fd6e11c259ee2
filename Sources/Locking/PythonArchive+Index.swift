import Essentials
import Lockfiles
package import PythonPackages
import Storage
import Transfer

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
    var page = try ProjectPage(
      name: project, url: response.url.text, contentType: response.headers["content-type"],
      bytes: response.body)
    if let moment { page.files = try page.files.filter { try Self.wasThere($0, by: moment) } }
    return page
  }

  /// Whether a file was uploaded at `moment` or before.
  private static func wasThere(_ file: DistributionFile, by moment: Int64) throws(Diagnostic) -> Bool {
    // PEP 700: `2025-11-01T12:00:00.123456Z`, where the fraction may be left out.
    guard let text = file.uploaded, let seconds = Timestamp.seconds(text.prefix(19) + "Z") else {
      throw Diagnostic(
        .noSolution,
        "the Python index doesn't say when \(file.filename) was uploaded, so what it had on a day can't be told",
        hints: ["use an index that gives upload times (PEP 700), or lock without --as-of"])
    }
    return seconds <= moment
  }

  package func metadata(of file: DistributionFile, page: ProjectPage) async throws -> CoreMetadata {
    let name = "the metadata of \(file.filename)"
    if file.isSource {
      guard let builds else { throw Diagnostic(.bug, "\(file.filename) is to be built, and nobody can") }
      return try await builds.metadata(of: file, page.name)
    }
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
      throw PythonLock.unhashed(file)
    }
    if !store.contains(digest) {
      let url = try ResourceURL(file.url)
      let size = try await size(of: file)
      if let metadata = try await metadataByParts(filename, size, url) { return metadata }
      let artifact = Artifact(digest: digest, size: size, urls: [url], label: file.filename)
      try await downloader.fetch([artifact], into: store, progress: Progress(style: .quiet))
    }
    return try Wheel(try store.open(digest), filename: filename).metadata
  }

  /// How many bytes a file has. Where the index doesn't say, as one in HTML never does, the server is asked for the
  /// file's first byte, and tells the whole length with it (RFC 9110, section 14.4). Nothing is lost if it lies: what is
  /// fetched later has the pinned length and digest or is refused.
  func size(of file: DistributionFile) async throws -> Int64 {
    if let size = file.size { return size }
    if let digest = file.sha256, let size = store.size(of: digest) { return size }
    let response = try await downloader.get(
      Request(try ResourceURL(file.url), headers: [("Range", "bytes=0-0")], limit: 1 << 30))
    let total = response.headers["content-range"]?.split(separator: "/").last.flatMap { Int64($0) }
    switch (response.status, total) {
    case (206, let total?) where total > 0: return total
    case (200, _) where !response.body.isEmpty: return Int64(response.body.count)
    default:
      throw Diagnostic(
        .notAvailableOffline,
        "the Python index gives no size for \(file.filename), and its server none either (status \(response.status))",
        hints: ["use an index that gives sizes (PEP 700); a lockfile pins by them"])
    }
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
