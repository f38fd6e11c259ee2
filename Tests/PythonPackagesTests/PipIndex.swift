import Essentials
import PythonPackages
import SystemPackage
import TestSupport
import Testing

/// The index that the machine's pip would use, asked by curl.
///
/// Where the index lies is asked of pip, so no test names it.
struct PipIndex: PythonIndex {
  /// Where answers are kept for the length of a test.
  let cache: String
  let url: String

  /// Where pip's index lies: by its configuration, else by its own default.
  static func url() async throws -> String {
    try await PythonTools.ask(
      """
      import os, subprocess
      from pip._internal.models.index import PyPI
      found = subprocess.run([sys.executable, "-m", "pip", "config", "get", "global.index-url"],
          capture_output=True, text=True)
      answer = os.environ.get("PIP_INDEX_URL") or (found.stdout.strip() if found.returncode == 0 else PyPI.simple_url)
      """, "")
  }

  private func fetch(
    _ url: String, name: String, options: [String] = [], expected: String = "200"
  ) async throws -> [UInt8]? {
    let file = cache + "/" + name
    if let known = try? DurableFile.read(.init(file)) { return known }
    let result = try await Command(
      "curl",
      [
        "--silent", "--show-error", "--location", "--retry", "3", "--write-out", "%{http_code}", "--header",
        "Accept: \(ProjectPage.accept)", "--output", file + ".part", url,
      ] + options
    ).output()
    let status = String(decoding: result, as: UTF8.self)
    if status == "404" { return nil }
    try #require(status == expected, "\(name): \(status)")
    let bytes = try DurableFile.read(.init(file + ".part"))
    try DurableFile.write(bytes, to: .init(file))
    return bytes
  }

  func page(of project: ProjectName) async throws -> ProjectPage? {
    let base = (url.hasSuffix("/") ? url : url + "/") + "\(project)/"
    guard let bytes = try await fetch(base, name: "\(project).page") else { return nil }
    return try ProjectPage(name: project, url: base, contentType: nil, bytes: bytes)
  }

  func metadata(of file: DistributionFile, page: ProjectPage) async throws -> CoreMetadata {
    if let url = file.metadataURL {
      let bytes = try #require(try await fetch(url, name: file.filename + ".metadata"))
      if case .offered(let digest?) = file.coreMetadata { #expect(Digest(of: bytes) == digest) }
      return try CoreMetadata(parsing: bytes, file: file.filename)
    }
    let wheel = try #require(WheelFilename(file.filename))
    var reader = WheelMetadataReader(wheel, size: try #require(file.size))
    while true {
      switch try reader.step() {
      case .done(let metadata): return metadata
      case .fetch(let range):
        let part = "\(range.lowerBound)-\(range.upperBound - 1)"
        let bytes = try #require(
          try await fetch(
            file.url, name: "\(file.filename).\(part)", options: ["--range", part], expected: "206"))
        reader.add(bytes, at: range.lowerBound)
      }
    }
  }
}
