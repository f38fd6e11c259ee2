import Essentials
import PythonPackages
package import Storage
package import Transfer

/// The Python index that this machine's pip is set up for.
package struct PythonArchive: Sendable {
  let base: ResourceURL
  let store: Store
  let downloader: Downloader
  /// In seconds since 1970: what was uploaded later doesn't count. Nil where all does.
  var moment: Int64?
  /// What makes wheels of source distributions; nil where nobody does.
  var builds: SourceWheels?

  /// Finds the index: `HARDTACK_PYPI_INDEX`, else what pip's environment and configuration say, else pip's default.
  /// - Throws: where it is reached over plain http: nothing signs what a Python index says.
  package init(
    store: Store, downloader: Downloader, asOf moment: Int64? = nil, environment: (String) -> String?
  ) async throws {
    self.moment = moment
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
