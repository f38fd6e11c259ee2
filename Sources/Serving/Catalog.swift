import Essentials
import Images
import Lockfiles
package import Storage
import Synchronization
import SystemPackage

/// What of a store is served: all that lockfiles and images need. What a database held before a swap is not, nor is what
/// nothing needs.
package final class Catalog: Sendable {
  struct Release: Sendable {
    var tag: Tag
    /// The recipe's name: the image's repository.
    var recipe: String
    var lockfile: Digest
    /// The manifests of what is said about the image.
    var referrers: [Descriptor]
  }

  struct Content: Sendable {
    var blobs: Set<Digest> = []
    var releases: [Release] = []
    /// The texts of lockfiles, by release, by recipe folder's name where no release has it, and by their own digest.
    var locks: [String: Digest] = [:]

    var repositories: [String] { Set(releases.map(\.recipe)).sorted() }
  }

  let store: Store
  private let content = Mutex<(generation: [Int64], content: Content)?>(nil)

  package init(_ store: Store) { self.store = store }

  /// What is served now; read anew where a root or a name has changed.
  func current() throws(Diagnostic) -> Content {
    let generation = store.generation
    if let known = content.withLock({ $0 }), known.generation == generation { return known.content }
    let new = try read()
    content.withLock { $0 = (generation, new) }
    return new
  }

  private func read() throws(Diagnostic) -> Content {
    var content = Content(blobs: try store.needed(by: [.lockfile, .image]))
    for root in try store.roots() where root.kind == .lockfile {
      guard let text = root.labels[Root.fetchedLabel].flatMap({ Digest($0) }) else { continue }
      content.locks[text.hexadecimal] = text
      if let name = FilePath(root.name).lastComponent?.string { content.locks[name] = text }
    }
    for root in try store.roots() where root.kind == .image {
      guard let digest = root.digests.first, let image = try? Image(digest, in: store) else { continue }
      content.locks[image.machine.lockfile.hexadecimal] = image.machine.lockfile
    }
    for tag in try store.tags() {
      // A name that isn't for a machine's image was given by another tool.
      guard let image = try? Image(tag.digest, in: store) else { continue }
      content.releases.append(
        Release(
          tag: tag, recipe: image.machine.recipe, lockfile: image.machine.lockfile,
          referrers: (try? image.referrerDescriptors(in: store)) ?? []))
      content.locks[tag.name] = image.machine.lockfile
    }
    return content
  }

  /// The lockfile that a release, a recipe or a digest stands for.
  func lockfile(_ name: String) throws(Diagnostic) -> Lockfile? {
    guard let digest = try current().locks[name] else { return nil }
    return try Lockfile.parse(
      try store.read(digest, limit: 64 << 20), file: FilePath("the lockfile \(digest.short)"))
  }

  /// A blob's bytes, checked against their digest.
  /// - Returns: nil where it isn't served, isn't stored, or is damaged, which moves it into quarantine.
  func blob(_ digest: Digest) throws(Diagnostic) -> BlobFile? {
    guard try current().blobs.contains(digest), store.contains(digest) else { return nil }
    let (file, size) = try store.file(digest)
    return BlobFile(file, size: size)
  }
}
