package import Essentials

/// What an index offers of one project.
package struct ProjectPage: Sendable {
  package let name: ProjectName
  /// Wheels and sdists, in the order of the page; files of other kinds are left out.
  package var files: [DistributionFile]

  package init(name: ProjectName, files: [DistributionFile]) {
    self.name = name
    self.files = files
  }

  /// More files than this on a page are refused.
  static let fileLimit = 200_000

  /// The `Accept` header that asks an index for a page that ``init(name:url:contentType:bytes:)`` reads.
  package static let accept =
    "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01"

  /// Reads a page of a simple index.
  /// - Parameters:
  ///   - name: the project asked for.
  ///   - url: where the page was found, redirects followed: relative URLs in it are relative to this.
  ///   - contentType: the header `Content-Type` of the answer, which says whether it's JSON or HTML; where nil, the
  ///     first byte decides.
  ///   - bytes: the page.
  /// - Throws: where it isn't a page of a simple index.
  package init(name: ProjectName, url: String, contentType: String?, bytes: [UInt8]) throws(Diagnostic) {
    let type = contentType?.split(separator: ";").first.map { $0.lowercased().filter { $0 != " " } }
    let isJSON: Bool
    switch type {
    case "application/vnd.pypi.simple.v1+json", "application/vnd.pypi.simple.latest+json", "application/json":
      isJSON = true
    case "application/vnd.pypi.simple.v1+html", "application/vnd.pypi.simple.latest+html", "text/html":
      isJSON = false
    default:
      isJSON = bytes.first { !TextScanner.isSpace($0) } == UInt8(ascii: "{")
    }
    self =
      isJSON
      ? try ProjectPage(json: bytes, name: name, url: url)
      : try ProjectPage(html: bytes, name: name, url: url)
  }
}
