import Essentials
import FoundationEssentials
import Images
import Transfer

/// What a registry lists as being said about an image.
struct ReferrerList: Sendable {
  var descriptors: [Descriptor]
  /// Whether the registry keeps the list by itself; else it's an image index under a tag that clients keep.
  var isKeptByRegistry: Bool

  /// How a referrer's manifest is listed.
  static func entry(for document: CanonicalDocument) throws(Diagnostic) -> Descriptor {
    guard let referrer = try? JSONDecoder().decode(Referrer.self, from: Data(document.bytes)) else {
      throw Diagnostic(.bug, "a referrer's manifest isn't one")
    }
    var descriptor = document.descriptor
    descriptor.artifactType = referrer.artifactType
    descriptor.annotations = referrer.annotations
    return descriptor
  }
}

/// Source: OCI distribution specification 1.1, "Listing Referrers" and "Referrers Tag Schema".
extension RegistryClient {
  /// The tag of the list, for registries that don't keep it by themselves.
  private func referrersTag(_ digest: Digest) -> ImageReference.Selector {
    .tag("sha256-" + digest.hexadecimal)
  }

  func referrers(of digest: Digest) async throws -> ReferrerList {
    let request = Request(
      try url("referrers/\(digest)"), headers: [("Accept", MediaType.imageIndex)], limit: Self.manifestLimit)
    let response = try await send(request)
    switch response.status {
    case 200:
      // A registry of before may answer so to whatever it's asked.
      if response.headers["content-type"]?.hasPrefix(MediaType.imageIndex) == true {
        return ReferrerList(descriptors: try list(response.body), isKeptByRegistry: true)
      }
    case 404: break
    default: throw failure(response, to: request)
    }
    let tagged = try await manifest(referrersTag(digest))
    return ReferrerList(descriptors: try tagged.map { try list($0.bytes) } ?? [], isKeptByRegistry: false)
  }

  /// Adds to the list that the registry doesn't keep by itself. Where two do so at once, one of both may be missing from it:
  /// pushing again adds it.
  /// - Returns: how many bytes were sent.
  func list(_ new: [Descriptor], asReferrersOf digest: Digest) async throws -> Int64 {
    // Read again, since others may have added theirs meanwhile.
    var all = try await manifest(referrersTag(digest)).map { try list($0.bytes) } ?? []
    let missing = new.filter { descriptor in !all.contains { $0.digest == descriptor.digest } }
    guard !missing.isEmpty else { return 0 }
    all += missing
    let document = try CanonicalDocument(ImageList(all), as: MediaType.imageIndex)
    try await put(document, as: referrersTag(digest))
    return document.descriptor.size
  }

  private func list(_ bytes: [UInt8]) throws(Diagnostic) -> [Descriptor] {
    guard let list = try? JSONDecoder().decode(ImageList.self, from: Data(bytes)) else {
      throw Diagnostic(
        .verificationFailed, "\(reference.host) gave a list of referrers that can't be understood")
    }
    return list.manifests
  }
}
