import Essentials
import FoundationEssentials
import Images
import Transfer

/// A manifest as a registry has it.
struct RegistryManifest: Sendable {
  var bytes: [UInt8]
  var descriptor: Descriptor
}

extension RegistryClient {
  /// Larger ones are refused by registries too.
  static let manifestLimit = 4 << 20

  /// The manifest of a tag or digest; nil where there is none.
  /// - Throws: `verificationFailed` where it has another digest than it's asked for by, or than the registry says.
  func manifest(_ selector: ImageReference.Selector) async throws -> RegistryManifest? {
    let accepted = [MediaType.imageManifest, MediaType.imageIndex].joined(separator: ", ")
    let request = Request(
      try url("manifests/\(selector.text)"),
      headers: [("Accept", accepted), ("Accept-Encoding", "identity")],
      limit: Self.manifestLimit)
    let response = try await send(request)
    guard response.status != 404 else { return nil }
    guard response.status == 200 else { throw failure(response, to: request) }
    let type = response.headers["content-type"]?.prefix { $0 != ";" } ?? ""
    let document = CanonicalDocument(bytes: response.body, as: String(type))
    var expected = response.headers["docker-content-digest"].flatMap { Digest($0) }
    if case .digest(let digest) = selector { expected = digest }
    guard expected == nil || expected == document.descriptor.digest else {
      throw Diagnostic(
        .verificationFailed,
        "\(reference.host) gave a manifest with another digest than '\(selector.text)' has there",
        hints: ["nothing of it was stored; a proxy on the way, or the registry, has changed it"])
    }
    return RegistryManifest(bytes: response.body, descriptor: document.descriptor)
  }

  /// Whether there is a manifest of this digest.
  func hasManifest(_ digest: Digest) async throws -> Bool { try await has("manifests/\(digest)") }

  /// Whether there is a blob of this digest.
  func hasBlob(_ digest: Digest) async throws -> Bool { try await has("blobs/\(digest)") }

  /// Has the registry take a blob from another of its repositories.
  /// - Returns: whether it did.
  func mount(_ digest: Digest, from repository: String) async throws -> Bool {
    let query = FormEncoding.text([("mount", "\(digest)"), ("from", repository)])
    let request = Request(try url("blobs/uploads/?" + query), method: .post, limit: 1 << 20)
    let response = try await send(request)
    switch response.status {
    case 201: return true
    // An upload has begun instead, which the registry forgets by itself; or who may push here may not read there.
    case 202, 401, 403, 404, 405: return false
    default: throw failure(response, to: request)
    }
  }

  private func has(_ path: String) async throws -> Bool {
    let request = Request(
      try url(path), method: .head,
      headers: [("Accept", MediaType.imageManifest), ("Accept-Encoding", "identity")])
    let response = try await send(request)
    switch response.status {
    case 200: return true
    case 404: return false
    default: throw failure(response, to: request)
    }
  }

  /// Stores a manifest under a tag, or under its digest.
  /// - Returns: whether the registry lists it as a referrer of its subject by itself.
  @discardableResult
  func put(_ manifest: CanonicalDocument, as selector: ImageReference.Selector) async throws -> Bool {
    let request = Request(
      try url("manifests/\(selector.text)"), method: .put,
      headers: [("Content-Type", manifest.descriptor.mediaType)], body: .bytes(manifest.bytes), limit: 1 << 20
    )
    let response = try await send(request)
    guard response.status == 201 else { throw failure(response, to: request) }
    try check(response, has: manifest.descriptor.digest)
    return response.headers["oci-subject"] != nil
  }

  /// Sees that the registry has taken something for what it is.
  func check(_ response: Response, has digest: Digest) throws(Diagnostic) {
    guard let text = response.headers["docker-content-digest"], Digest(text) != digest else { return }
    throw Diagnostic(
      .verificationFailed, "\(reference.host) has stored \(text.printable) where \(digest) was sent",
      hints: ["a proxy on the way, or the registry, has changed it"])
  }
}
