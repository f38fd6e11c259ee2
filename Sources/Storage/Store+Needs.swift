import Essentials
import FoundationEssentials
import Glibc
import SystemPackage

extension Store {
  /// What must stay: all that roots, releases' names and living leases reach.
  /// - Parameters:
  ///   - roots: all that the store has.
  ///   - superseded: image roots that don't count.
  /// - Throws: where a manifest or a configuration that tells of further blobs is missing or damaged.
  func reachable(
    from roots: [Root], without superseded: Set<String>, held: [Digest], isLocked: Bool,
    known: Reachability.Known = Reachability.Known()
  ) throws(Diagnostic) -> Set<Digest> {
    var reachability = Reachability(self, isLocked: isLocked, known: known)
    for root in roots {
      switch root.kind {
      case .lockfile, .archive: break
      case .image where superseded.contains(root.name): continue
      case .image, .pool:
        for digest in root.digests { try requireManifest(digest, of: "the \(root.kind) '\(root.name)'") }
      }
      try reachability.add(root)
    }
    for tag in try tags() { try requireManifest(tag.digest, of: "the release '\(tag.name)'") }
    try reachability.add(following: index().manifests.map(\.digest))
    try reachability.add(following: held)
    return reachability.reached
  }

  private struct Manifest: Decodable {
    struct Descriptor: Decodable { var digest: Digest }
    var config: Descriptor?
  }

  /// Sees that what a root names is stored and, where that is an image's manifest, its configuration too: index, kernel
  /// and initrd are named nowhere else.
  private func requireManifest(_ digest: Digest, of user: String) throws(Diagnostic) {
    var needed = [digest]
    if let size = size(of: digest), size <= 1 << 20,
      let bytes = try? DurableFile.read(location(of: digest), limit: 1 << 20),
      bytes.first == UInt8(ascii: "{"),
      let config = (try? JSONDecoder().decode(Manifest.self, from: Data(bytes)))?.config
    {
      needed.append(config.digest)
    }
    for needed in needed where !contains(needed) {
      throw Diagnostic(
        .verificationFailed, "\(user) needs \(needed), which isn't in the store \(root)",
        hints: ["bake it again, or remove it; until then nothing is collected"])
    }
  }

  /// The names of image roots beyond the newest `keep` of each recipe, those aside that a release or a pool needs, or
  /// that a bake has made and is about to name.
  func supersededImages(
    among all: [Root], keep: Int, held: Set<Digest>
  ) throws(Diagnostic) -> Set<String> {
    var needed = Set(try index().manifests.map(\.digest))
    for root in all where root.kind == .pool { needed.formUnion(root.digests) }
    var candidates: [String: [(name: String, written: timespec)]] = [:]
    for root in all where root.kind == .image && needed.isDisjoint(with: root.digests) {
      // Whoever records a root holds all that it names, to the end of the process.
      if held.isSuperset(of: root.digests) { continue }
      var information = stat()
      guard stat(location(.image, root.name).string, &information) == 0 else { continue }
      candidates[root.labels[Root.recipeLabel] ?? "", default: []].append((root.name, information.st_mtim))
    }
    return Set(
      candidates.values.flatMap { images in
        images.sorted { a, b in
          (a.written.tv_sec, a.written.tv_nsec, a.name) > (b.written.tv_sec, b.written.tv_nsec, b.name)
        }.dropFirst(max(0, keep)).map(\.name)
      })
  }
}
