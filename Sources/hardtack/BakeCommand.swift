import ArgumentParser
import Baking
import Essentials
import FoundationEssentials
import Glibc
import Images
import Pools
import Recipes
import Storage

struct BakeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bake",
    abstract: "Make a bootable image out of what is in the store, offline.",
    discussion: """
      Prints the image's digest. The same recipe, lockfile and sources give the same digest wherever they're baked; \
      layers whose inputs did not change are not made again.

        hardtack bake recipes/logic
        hardtack bake recipes/logic --release v1     name it, to boot it by that name
        hardtack bake recipes/logic --prove          and see whether it's the same again
      """)

  @OptionGroup var recipe: RecipeArgument
  @OptionGroup var shared: SharedOptions

  @Option(help: ArgumentHelp("Give the image this release's name.", valueName: "name"))
  var release: String?

  @Option(
    help: ArgumentHelp(
      "Where the values of secrets are, which then must not be in any layer: as for boot.",
      valueName: "source"))
  var secrets: String?

  @Flag(
    help: ArgumentHelp(
      "Bake a second time from nothing in other surroundings, and compare.",
      discussion:
        "Another store, host name, time zone, locale, umask and number of processors. A difference is an error."
    ))
  var prove = false

  @Flag(help: "Print what was made as JSON.")
  var json = false

  func validate() throws {
    guard release.map(ReleaseName.isValid) ?? true else {
      throw ValidationError(
        "A release's name has letters, digits, '.', '_' and '-', and begins with a letter or digit.")
    }
  }

  private struct Answer: Encodable {
    struct Layer: Encodable {
      let name: String
      let digest: Digest
      let size: Int64
      let new: Bool
    }
    let image: Digest
    let release: String?
    let layers: [Layer]
    let index: Digest
    /// Of the recipe's own.
    let checksRun: Int
    let gates: [Gate]
    let stages: [Stage]

    struct Gate: Encodable {
      let name: String
      let builtIn: Bool
      let seconds: Double
    }

    struct Stage: Encodable {
      let name: String
      let seconds: Double
    }
  }

  func run() async throws {
    try await UserNamespace.enter()
    let began = ContinuousClock.now
    let recipe = try self.recipe.load()
    let lockfile = try self.recipe.loadLockfile(of: recipe)
    let store = try shared.openStore(for: self.recipe.path)
    let progress = shared.progress
    let values = try await SecretsSource.values(secrets, progress)
    let outcome = try await Bake(
      store: store, recipe: recipe, lockfile: lockfile, progress: progress, secrets: values
    ).run()
    let stages = progress.times
    for name in Set([recipe.name, release ?? recipe.name]) {
      try store.tag(
        Tag(name, mediaType: outcome.image.mediaType, digest: outcome.image.digest, size: outcome.image.size))
    }
    let made = outcome.layers.filter(\.isNew).map { "\($0.name) (\(ByteCount($0.size)))" }
    progress.say(
      made.isEmpty
        ? "nothing to make in \((ContinuousClock.now - began).text)"
        : "made \(made.joined(separator: ", ")) in \((ContinuousClock.now - began).text)")
    if !stages.isEmpty {
      progress.say("of that \(stages.map { "\($0.title) \($0.time.text)" }.joined(separator: ", "))")
    }
    if prove {
      let began = ContinuousClock.now
      try await Proof(store: store, recipe: recipe, lockfile: lockfile, image: outcome.image.digest)
        .run(program: try Proof.program(), progress: progress)
      progress.say("baked again in \((ContinuousClock.now - began).text): identical")
    }
    if !outcome.gates.isEmpty {
      let times = outcome.gates.map { "\($0.name) \($0.time.text)" }
      progress.say("passed \(times.joined(separator: ", "))")
    }
    if json {
      try Output.json(
        Answer(
          image: outcome.image.digest, release: release,
          layers: outcome.layers.map {
            Answer.Layer(name: $0.name, digest: $0.digest, size: $0.size, new: $0.isNew)
          }, index: outcome.machine.index.digest, checksRun: outcome.gates.count { !$0.isBuiltIn },
          gates: outcome.gates.map {
            Answer.Gate(name: $0.name, builtIn: $0.isBuiltIn, seconds: $0.time / .seconds(1))
          }, stages: stages.map { Answer.Stage(name: $0.title, seconds: $0.time / .seconds(1)) }))
    } else {
      print(outcome.image.digest)
    }
  }
}

/// The names that releases may have: OCI's for references.
enum ReleaseName {
  static func isValid(_ name: String) -> Bool {
    let isPlain: (UInt8) -> Bool = {
      (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0)
    }
    guard let first = name.utf8.first, isPlain(first), name.utf8.count <= 128 else { return false }
    return name.utf8.allSatisfy { isPlain($0) || "._-".utf8.contains($0) }
  }
}
