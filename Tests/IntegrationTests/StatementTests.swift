import Essentials
import FoundationEssentials
import SystemPackage
import TestSupport
import Testing

extension RealBakes {
  /// What is said about a baked image.
  @Suite(.serialized) struct StatementTests {
    private struct Bill: Decodable {
      struct Package: Decodable {
        struct Checksum: Decodable { let checksumValue: String }
        let name: String
        let versionInfo: String?
        let checksums: [Checksum]?
      }
      let packages: [Package]
    }

    private struct Statement: Decodable {
      struct Resource: Decodable { let digest: [String: String] }
      struct Predicate: Decodable {
        struct Definition: Decodable {
          struct External: Decodable { let recipe: Resource }
          let externalParameters: External
          let resolvedDependencies: [Resource]
        }
        let buildDefinition: Definition
      }
      let subject: [Resource]
      let predicate: Predicate
    }

    private func statement(_ format: String, _ store: FilePath) async throws -> Data {
      Data(
        try await Command(
          SmallImage.shared.program.string,
          ["sbom", "small", "--format", format, "--store", store.string]
        ).output())
    }

    @Test func `lists what dpkg says is installed, and names the recipe and the lockfile`() async throws {
      let image = try SmallImage.shared
      let store = image.store(of: .root)
      _ = try await image.run(.root, "bake", image.recipe.string, "--store", store.string)
      let bill = try JSONDecoder().decode(Bill.self, from: try await statement("spdx", store))
      let trees = store.appending("trees").string
      let installed = try await Command(
        "sh", ["-c", "dpkg-query --admindir=\"$(ls -d \(trees)/*/var/lib/dpkg | head -n 1)\" -W"]
      ).output()
      let expected = String(decoding: installed, as: UTF8.self).split(separator: "\n").map {
        $0.split(separator: ":", maxSplits: 1).count == 0 ? "" : $0.replacing(":amd64\t", with: "\t")
      }
      // The machine itself, and what the initrd alone is made of.
      let listed = bill.packages.filter { $0.name != "small" && $0.name != "busybox-static" }
      #expect(listed.map { "\($0.name)\t\($0.versionInfo ?? "")" }.sorted() == expected.sorted())
      #expect(listed.allSatisfy { $0.checksums?.count == 1 })

      let said = try JSONDecoder().decode(Statement.self, from: try await statement("provenance", store))
      let digest = try #require(image.baked[.root]?.digest)
      #expect("sha256:" + (said.subject[0].digest["sha256"] ?? "") == digest)
      let definition = said.predicate.buildDefinition
      for (resource, name) in [
        (definition.externalParameters.recipe, "recipe.yaml"),
        (definition.resolvedDependencies[0], "recipe.lock"),
      ] {
        let file = try DurableFile.read(image.recipe.pushing(FilePath(name)))
        #expect(resource.digest["sha256"] == Digest(of: file).hexadecimal)
      }
    }

    @Test func `is the same wherever it's baked, and stays as long as the image`() async throws {
      let image = try SmallImage.shared
      let stores = Baker.allCases.map { image.store(of: $0) }
      for baker in Baker.allCases {
        _ = try await image.run(
          baker, "bake", image.recipe.string, "--store", image.store(of: baker).string)
      }
      for format in ["spdx", "cyclonedx", "provenance"] {
        let first = try await statement(format, stores[0])
        #expect(try await statement(format, stores[1]) == first, "\(format)")
      }
      let before = try await statement("spdx", stores[0])
      _ = try await image.run(.root, "store", "gc", "--store", stores[0].string)
      #expect(try await statement("spdx", stores[0]) == before)
    }
  }
}
