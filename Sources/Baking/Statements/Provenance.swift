import Essentials
import Images
import Lockfiles
import Storage

/// What an image was made from and by, as an in-toto statement with SLSA's predicate. It holds no time and no place, so the
/// same bake gives the same bytes.
///
/// Source: in-toto attestation framework, Statement v1; SLSA 1.0, Provenance.
struct Provenance: Encodable {
  struct Digests: Encodable {
    let sha256: String

    init(_ digest: Digest) { sha256 = digest.hexadecimal }
  }

  struct Resource: Encodable {
    let name: String
    let digest: Digests
  }

  struct External: Encodable {
    let recipe: Resource
  }

  struct Internal: Encodable {
    struct Layer: Encodable {
      let name: String
      /// The digest of everything that could have changed the layer.
      let key: Digests
      let digest: Digests
    }
    let layers: [Layer]
  }

  struct Definition: Encodable {
    var buildType = "urn:hardtack:bake:v1"
    let externalParameters: External
    let internalParameters: Internal
    let resolvedDependencies: [Resource]
  }

  struct Builder: Encodable {
    var id = "urn:hardtack:bake"
    var version = ["hardtack": ProgramVersion.text]
  }

  struct RunDetails: Encodable {
    var builder = Builder()
  }

  struct Predicate: Encodable {
    let buildDefinition: Definition
    var runDetails = RunDetails()
  }

  let type = "https://in-toto.io/Statement/v1"
  let subject: [Resource]
  let predicateType = "https://slsa.dev/provenance/v1"
  let predicate: Predicate

  private enum CodingKeys: String, CodingKey {
    case type = "_type"
    case subject, predicateType, predicate
  }

  /// - Parameters:
  ///   - image: the manifest's digest.
  ///   - recipe: the recipe's name, and its file's digest.
  ///   - suites: the Release files that packages were taken by.
  init(
    image: Digest, recipe: (name: String, digest: Digest), lockfile: Digest, suites: [Lockfile.Suite],
    layers: [Layer]
  ) {
    subject = [Resource(name: recipe.name, digest: Digests(image))]
    let suites = suites.map {
      Resource(name: "Release of \($0.suite)", digest: Digests($0.release))
    }
    predicate = Predicate(
      buildDefinition: Definition(
        externalParameters: External(
          recipe: Resource(name: recipe.name, digest: Digests(recipe.digest))),
        internalParameters: Internal(
          layers: layers.map {
            .init(name: $0.name, key: Digests($0.key.digest), digest: Digests($0.digest))
          }),
        // What is pinned in turn, the lockfile says.
        resolvedDependencies: [Resource(name: "recipe.lock", digest: Digests(lockfile))] + suites))
  }
}
