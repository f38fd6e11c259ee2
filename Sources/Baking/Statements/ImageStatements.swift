package import Essentials
package import Images
import Lockfiles
import Recipes
package import Storage

/// What a bake says about its image, as OCI referrers: two bills of materials, and where it comes from.
struct ImageStatements {
  let image: Descriptor
  let machine: Machine
  let recipe: Recipe
  let lockfile: Lockfile
  let joined: JoinedLayers

  /// What the statements were made of, on the image's root.
  static let label = "statements"

  struct Made {
    let key: ActionKey
    /// The manifests, by what they are.
    let referrers: [String: Digest]
    /// What is to be stored for them.
    let contents: [[UInt8]]
  }

  private var key: ActionKey {
    var digests = ["recipe": recipe.digest, "lockfile": machine.lockfile, "image": image.digest]
    for layer in joined.layers { digests["key of " + layer.name] = layer.key.digest }
    return ActionKey(
      "statements", version: BillOfMaterials.version, inputs: digests,
      parameters: ["program": ProgramVersion.text])
  }

  /// Makes them, unless the image's root names them already.
  func make(in store: Store) throws(Diagnostic) -> Made {
    let key = key
    if let root = try? store.root(.image, image.digest.hexadecimal),
      root.labels[Self.label] == key.description
    {
      let known = root.referrers.filter { Statement(rawValue: $0.key) != nil }
      try store.hold(known.values)
      if known.count == Statement.allCases.count, known.values.allSatisfy(store.contains) {
        return Made(key: key, referrers: known, contents: [])
      }
    }
    let bills = try bills(in: store)
    let provenance = try CanonicalDocument(
      Provenance(
        image: image.digest, recipe: (recipe.name, recipe.digest), lockfile: machine.lockfile,
        suites: lockfile.debian.suites, layers: joined.layers),
      as: MediaType.statement)
    var referrers: [String: Digest] = [:]
    var contents = [provenance.bytes, Referrer.emptyConfiguration.bytes]
    for (statement, content) in [
      (Statement.spdx, bills.spdx), (.cyclonedx, bills.cyclonedx), (.provenance, provenance.descriptor),
    ] {
      let manifest = try CanonicalDocument(
        Referrer(statement.mediaType, content, about: image), as: MediaType.imageManifest)
      referrers[statement.rawValue] = manifest.descriptor.digest
      contents.append(manifest.bytes)
    }
    return Made(key: key, referrers: referrers, contents: contents)
  }

  /// The bills of materials, found or made: they don't depend on the application, so most bakes find them.
  private func bills(in store: Store) throws(Diagnostic) -> (spdx: Descriptor, cyclonedx: Descriptor) {
    let environment = recipe.python.flatMap { python in
      lockfile.python.map { "\(python.environment)/lib/python\($0.interpreter)/site-packages" }
    }
    let installed = InstalledComponents(try joined.tree(), environment: environment)
    var digests = ["lockfile": machine.lockfile]
    for number in installed.layers { digests["layer \(number)"] = joined.layers[number].digest }
    let key = ActionKey(
      "bill of materials", version: BillOfMaterials.version, inputs: digests,
      parameters: ["name": recipe.name, "places": installed.places, "program": ProgramVersion.text])
    if let found = try store.action(for: key)?.outputs, let spdx = found[Statement.spdx.rawValue],
      let cyclonedx = found[Statement.cyclonedx.rawValue], let size = store.size(of: spdx),
      let otherSize = store.size(of: cyclonedx)
    {
      return (
        Descriptor(mediaType: MediaType.spdx, digest: spdx, size: size),
        Descriptor(mediaType: MediaType.cyclonedx, digest: cyclonedx, size: otherSize)
      )
    }
    let pinned = lockfile.components(withInitrd: false)
    let initrd = lockfile.components(withInitrd: true).filter { !pinned.contains($0) && $0.kind == .package }
    let bill = BillOfMaterials(
      name: recipe.name, created: lockfile.epoch, components: try installed.reconcile(pinned) + initrd)
    let spdx = try CanonicalDocument(SPDXDocument(bill), as: MediaType.spdx)
    let cyclonedx = try CanonicalDocument(CycloneDXDocument(bill), as: MediaType.cyclonedx)
    try store.publish(all: [spdx.bytes, cyclonedx.bytes])
    try store.record(
      key,
      ActionResult(outputs: [
        Statement.spdx.rawValue: spdx.descriptor.digest,
        Statement.cyclonedx.rawValue: cyclonedx.descriptor.digest,
      ]))
    return (spdx.descriptor, cyclonedx.descriptor)
  }
}

/// What a bake says about an image.
package enum Statement: String, CaseIterable, Sendable {
  case spdx, cyclonedx, provenance

  var mediaType: String {
    switch self {
    case .spdx: MediaType.spdx
    case .cyclonedx: MediaType.cyclonedx
    case .provenance: MediaType.statement
    }
  }

  /// The statement about `image`, as it was stored when that was baked.
  /// - Throws: where there is none, or a damaged one.
  package func read(about image: Image, in store: Store) throws(Diagnostic) -> [UInt8] {
    guard let digest = try image.referrers(in: store)[rawValue] else {
      throw Diagnostic(
        .failed, "nothing of the kind '\(rawValue)' is stored about image \(image.digest.short)",
        hints: ["bake it again: that makes no layer anew, and says it"])
    }
    let referrer = try image.referrer(digest, in: store)
    guard referrer.artifactType == mediaType, let content = referrer.layers.first else {
      throw Diagnostic(.verificationFailed, "\(digest) is no '\(rawValue)' statement")
    }
    return try store.read(content.digest)
  }
}
