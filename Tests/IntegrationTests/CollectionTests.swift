import Essentials
import Synchronization
import SystemPackage
import TestSupport
import Testing

extension RealBakes {
  /// Collecting garbage where real bakes were, and where one is.
  @Suite(.serialized) struct CollectionTests {
    @Test(arguments: Baker.allCases)
    func `takes nothing from a running bake, and all from an image without a name`(_ baker: Baker)
      async throws
    {
      let image = try SmallImage.shared
      let store = try await image.freshStore("collected", for: baker)
      let hasEnded = Flag()
      async let bake = {
        defer { hasEnded.value.store(true, ordering: .relaxed) }
        return try await image.run(baker, "bake", image.recipe.string, "--store", store.string)
      }()
      var outcomes: [SmallImage.Outcome] = []
      while !hasEnded.value.load(ordering: .relaxed) {
        outcomes.append(try await image.run(baker, "store", "gc", "--store", store.string))
      }
      let baked = try await bake
      #expect(baked.digest == image.baked[baker]?.digest, "\(baked.text)")
      #expect(outcomes.count > 1)
      #expect(outcomes.allSatisfy { $0.code == 0 }, "\(outcomes.first { $0.code != 0 }?.text ?? "")")
      let again = try await image.run(baker, "bake", image.recipe.string, "--store", store.string)
      #expect(again.text.contains("nothing to make"), "\(again.text)")

      // The new image takes the recipe's name from the first.
      let recipe = try await image.variant("collected-\(baker)", build: ["touch other"])
      let other = try await image.run(baker, "bake", recipe.string, "--store", store.string)
      #expect(other.code == 0, "\(other.text)")
      let collected = try await image.run(baker, "store", "gc", "--store", store.string)
      #expect(collected.text.hasPrefix("removed 1 image, "), "\(collected.text)")
      #expect(collected.text.contains(" tree"), "\(collected.text)")
      let kept = try await image.run(baker, "bake", recipe.string, "--store", store.string)
      #expect(kept.text.contains("nothing to make"), "\(kept.text)")
      #expect(kept.digest == other.digest)
      #expect(try await Command("find", [store.string + "/staging", "-mindepth", "1"]).output().isEmpty)
    }

    private final class Flag: Sendable {
      let value = Atomic(false)
    }
  }
}
