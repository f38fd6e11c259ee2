import Essentials
import Images
import Storage

/// Other repositories of a registry that have blobs of an image: those that images of the store with the same blobs were
/// pushed to or pulled from.
struct MountSources: Sendable {
  /// Not more of them, since each is to be named when a token is asked for.
  private static let limit = 4

  private let known: [Digest: String]

  var repositories: [String] { Set(known.values).sorted() }

  /// - Parameters:
  ///   - image: what is to be pushed.
  ///   - reference: where to.
  init(for image: Image, reference: ImageReference, in store: Store) throws(Diagnostic) {
    let wanted = Self.blobs(of: image)
    let prefix = reference.host + "/"
    var known: [Digest: String] = [:]
    var repositories: Set<String> = []
    for root in try store.roots() where root.kind == .image {
      let places = root.places.keys.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
      // One that isn't whole any more is none to learn from.
      guard let place = places.sorted().first(where: { $0 != reference.repository }),
        let digest = root.digests.first, let other = try? Image(digest, in: store)
      else { continue }
      let shared = Self.blobs(of: other).intersection(wanted).filter { known[$0] == nil }
      guard !shared.isEmpty, repositories.count < Self.limit || repositories.contains(place) else { continue }
      repositories.insert(place)
      for digest in shared { known[digest] = place }
    }
    self.known = known
  }

  /// The repository that should have the blob, as the store has it.
  func repository(having content: Digest) -> String? { known[content] }

  private static func blobs(of image: Image) -> Set<Digest> {
    Set(image.manifest.layers.map(\.digest))
      .union([image.machine.index.digest, image.machine.initrd.digest, image.machine.kernel.digest])
  }
}
