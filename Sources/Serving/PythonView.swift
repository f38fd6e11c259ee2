import Essentials
import FoundationEssentials
import Lockfiles
import PythonPackages

/// A lockfile's wheels as a Python package index that holds exactly what is pinned.
///
/// Format: the simple repository API, in HTML (PEP 503) and in JSON (PEP 691, with the sizes and versions of PEP 700).
struct PythonView: Sendable {
  static let jsonType = "application/vnd.pypi.simple.v1+json"
  static let htmlType = "application/vnd.pypi.simple.v1+html"

  private let pins: [String: Lockfile.PythonPin]

  init(_ lockfile: Lockfile) {
    let named = (lockfile.python?.packages ?? []).compactMap { pin in
      ProjectName(pin.name).map { ($0.description, pin) }
    }
    pins = Dictionary(named, uniquingKeysWith: { first, _ in first })
  }

  /// The list of projects.
  func list(_ request: ServedRequest) -> Content {
    let names = pins.keys.sorted()
    if Self.prefersJSON(request) {
      return Content(
        Self.jsonType, Self.json(ListPage(meta: Meta(), projects: names.map { ListPage.Project(name: $0) })))
    }
    return page(request, "Projects", names.map { "<a href=\"\($0)/\">\($0)</a>" })
  }

  /// A project's page; nil where nothing of it is pinned.
  func project(_ name: ProjectName, _ request: ServedRequest) -> Content? {
    guard let pin = pins[name.description] else { return nil }
    // From `simple/NAME/` to `wheels/`.
    let url = "../../wheels/\(pin.digest.hexadecimal)/\(pin.file)"
    if Self.prefersJSON(request) {
      let file = ProjectPage.File(
        filename: pin.file, hashes: ["sha256": pin.digest.hexadecimal], size: pin.size, url: url)
      return Content(
        Self.jsonType,
        Self.json(ProjectPage(files: [file], meta: Meta(), name: name.description, versions: [pin.version])))
    }
    // A wheel's name has no character that HTML or a URL would take for another (PEP 427) but the plus sign.
    return page(
      request, name.description, ["<a href=\"\(url)#sha256=\(pin.digest.hexadecimal)\">\(pin.file)</a>"])
  }

  private func page(_ request: ServedRequest, _ title: String, _ links: [String]) -> Content {
    let type = request.accepts(Self.htmlType, in: "accept") ? Self.htmlType : "text/html"
    return Content(
      type + "; charset=utf-8",
      """
      <!DOCTYPE html>
      <html><head><meta name="pypi:repository-version" content="1.1"><title>\(title)</title></head><body>
      \(links.map { $0 + "<br>\n" }.joined())</body></html>

      """)
  }

  private static func prefersJSON(_ request: ServedRequest) -> Bool {
    request.accepts(jsonType, in: "accept")
  }

  private static func json(_ page: some Encodable) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Strings and numbers only, which can't fail.
    return (try? encoder.encode(page)).map(Array.init) ?? []
  }

  private struct Meta: Encodable {
    var apiVersion = "1.1"

    private enum CodingKeys: String, CodingKey { case apiVersion = "api-version" }
  }

  private struct ListPage: Encodable {
    struct Project: Encodable { var name: String }
    var meta: Meta
    var projects: [Project]
  }

  private struct ProjectPage: Encodable {
    struct File: Encodable {
      var filename: String
      var hashes: [String: String]
      var size: Int64
      var url: String
    }
    var files: [File]
    var meta: Meta
    var name: String
    var versions: [String]
  }
}
