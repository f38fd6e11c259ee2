import Essentials
import Images
import Storage

/// The images of a store as repositories of an OCI registry, to pull from: one a recipe, its tags the releases.
///
/// Source: OCI distribution specification 1.1, the endpoints of the category "Pull" and of "Content discovery".
struct RegistryView: Sendable {
  let catalog: Catalog

  /// The answer to what stands behind `/v2/`.
  func answer(_ request: ServedRequest, _ parts: [String]) throws(Diagnostic) -> Answer {
    if parts == [""] || parts.isEmpty { return document("{}", request) }
    if parts == ["_catalog"] { return try list(request, "repositories", try catalog.current().repositories) }
    // A repository's name may have slashes, these here have none.
    guard parts.count == 3 else { return failure(404, "NAME_UNKNOWN", "there is no such repository") }
    let releases = try catalog.current().releases.filter { $0.recipe == parts[0] }
    guard let first = releases.first else {
      return failure(404, "NAME_UNKNOWN", "there is no such repository")
    }
    switch (parts[1], parts[2]) {
    case ("tags", "list"): return try list(request, "tags", tags(releases).keys.sorted(), name: first.recipe)
    case ("manifests", let reference): return try manifest(request, releases, reference)
    case ("blobs", let text):
      guard let digest = Digest(text), let file = try catalog.blob(digest) else {
        return failure(404, "BLOB_UNKNOWN", "there is no such blob")
      }
      return content("application/octet-stream", file, digest).answer(request)
    case ("referrers", let text): return try referrers(request, releases, text)
    default: return failure(404, "UNSUPPORTED", "there is no such address")
    }
  }

  /// The tags of a recipe: its releases, and `latest` for what was baked last.
  private func tags(_ releases: [Catalog.Release]) -> [String: Tag] {
    var tags = Dictionary(releases.map { ($0.tag.name, $0.tag) }, uniquingKeysWith: { $1 })
    // Every bake names its image after the recipe.
    if let last = releases.last(where: { $0.tag.name == $0.recipe }), tags["latest"] == nil {
      tags["latest"] = last.tag
    }
    return tags
  }

  private func manifest(
    _ request: ServedRequest, _ releases: [Catalog.Release], _ reference: String
  ) throws(Diagnostic) -> Answer {
    var digest = Digest(reference)
    var type =
      releases.first { $0.tag.digest == digest }?.tag.mediaType
      ?? releases.lazy.flatMap(\.referrers).first { $0.digest == digest }?.mediaType
    if digest == nil, let tag = tags(releases)[reference] { (digest, type) = (tag.digest, tag.mediaType) }
    guard let digest, let type, let file = try catalog.blob(digest) else {
      return failure(404, "MANIFEST_UNKNOWN", "there is no such release or image")
    }
    var found = content(type, file, digest)
    found.isImmutable = Digest(reference) != nil
    return found.answer(request)
  }

  /// What is said about an image; an empty list where nothing is, as the specification wants it.
  private func referrers(
    _ request: ServedRequest, _ releases: [Catalog.Release], _ text: String
  ) throws(Diagnostic) -> Answer {
    guard let digest = Digest(text) else { return failure(400, "DIGEST_INVALID", "that is no digest") }
    var found = releases.first { $0.tag.digest == digest }?.referrers ?? []
    let type = request.query["artifactType"]
    if let type { found.removeAll { $0.artifactType != type } }
    var content = Content(
      MediaType.imageIndex, try CanonicalDocument(ImageList(found), as: MediaType.imageIndex).bytes)
    content.headers = Self.version + (type == nil ? [] : [("OCI-Filters-Applied", "artifactType")])
    return content.answer(request)
  }

  private func content(_ type: String, _ file: BlobFile, _ digest: Digest) -> Content {
    var content = Content(type, file, digest)
    content.headers = [("Docker-Content-Digest", digest.description)] + Self.version
    return content
  }

  /// A list of names, of which a client may ask for some at a time.
  private func list(
    _ request: ServedRequest, _ key: String, _ names: [String], name: String? = nil
  ) throws(Diagnostic) -> Answer {
    var rest = names[...]
    if let last = request.query["last"] { rest = rest.drop { $0 <= last } }
    if let count = request.query["n"].flatMap({ Int($0) }), count >= 0 { rest = rest.prefix(count) }
    var fields = [#""\#(key)":[\#(rest.map { #""\#($0)""# }.joined(separator: ","))]"#]
    // Recipes' and releases' names have no character that JSON would want escaped.
    if let name { fields.insert(#""name":"\#(name)""#, at: 0) }
    return document("{" + fields.joined(separator: ",") + "}", request)
  }

  private func document(_ text: String, _ request: ServedRequest, type: String = "application/json") -> Answer
  {
    var content = Content(type, text)
    content.headers = Self.version
    return content.answer(request)
  }

  private func failure(_ status: Int, _ code: String, _ message: String) -> Answer {
    Answer(
      status, Self.version + [("Content-Type", "application/json")],
      body: .bytes(Array(#"{"errors":[{"code":"\#(code)","message":"\#(message)"}]}"#.utf8)))
  }

  private static let version = [(name: "Docker-Distribution-Api-Version", value: "registry/2.0")]
}
