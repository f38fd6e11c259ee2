import ArgumentParser
import Baking
import Essentials
import Glibc
import Images
import Lockfiles
import Recipes
import Storage
import SystemPackage

struct WhyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "why",
    abstract: "Say why something is in an image, or pinned by a lockfile.",
    discussion: """
      Of a path: which layer, and which package, wheel or part of the recipe, put it there. Of a package or wheel: \
      who asks for it, and how that leads back to the recipe.

        hardtack why v1 /usr/sbin/nginx
        hardtack why v1 libssl3
        hardtack why recipes/logic sqlparse      before anything is baked
      """)

  @Argument(help: "A release's name, an image's digest, or a recipe's folder.", completion: .directory)
  var subject: String

  @Argument(help: "A path of the image, from its root; or the name of a package or wheel.")
  var name: String

  @OptionGroup var shared: SharedOptions

  @Flag(help: "Print the answer as JSON.")
  var json = false

  func run() throws {
    let isRecipe = access(subject, F_OK) == 0
    if name.hasPrefix("/") {
      guard !isRecipe else {
        throw Diagnostic(
          .usage, "a recipe has no \(name): paths are those of images",
          hints: ["bake it, and name the image: hardtack why RELEASE \(name)"])
      }
      let store = try shared.openStore()
      return try explain(try PathOrigin.find(name, in: try Image.find(subject, in: store), store))
    }
    let lockfile: Lockfile
    if isRecipe {
      let recipe = try Recipe.load(FilePath(subject))
      lockfile = try recipe.fittingLockfile(named: subject)
    } else {
      let store = try shared.openStore()
      lockfile = try Image.find(subject, in: store).lockfile(in: store)
    }
    try explain(try lockfile.explanations(of: name))
  }

  private func explain(_ origin: PathOrigin) throws {
    if json {
      return try Output.json(
        Place(
          path: name, kind: origin.kind, size: origin.size, layer: origin.layer, digest: origin.digest,
          cause: origin.cause))
    }
    print("\(name): \(origin.kind), \(ByteCount(origin.size))")
    print("layer  \(origin.layer) (\(origin.digest.short))")
    print("cause  \(origin.cause)")
  }

  private func explain(_ explanations: [Lockfile.Explanation]) throws {
    if json { return try Output.json(explanations.map(Reasons.init)) }
    for found in explanations {
      let kind = found.suite.map { "package from \($0)" } ?? "wheel"
      print("\(found.name) \(found.version): \(kind), \(ByteCount(found.size))")
      for step in found.chain { print("  \(step.reason.sentence(about: step.name)) \(step.version)") }
      let others = found.because.filter { $0 != found.chain.last?.reason }
      if !others.isEmpty {
        print("and also")
        for reason in others { print("  \(reason.sentence(about: found.name))") }
      }
    }
  }

  private struct Place: Encodable {
    let path: String
    let kind: String
    let size: Int64
    let layer: String
    let digest: Digest
    let cause: String
  }

  private struct Reasons: Encodable {
    struct Step: Encodable {
      let name: String
      let version: String
      let because: String
    }
    let name: String
    let version: String
    let suite: String?
    let size: Int64
    let because: [String]
    let chain: [Step]

    init(_ explanation: Lockfile.Explanation) {
      name = explanation.name
      version = explanation.version
      suite = explanation.suite
      size = explanation.size
      because = explanation.because.map(\.description)
      chain = explanation.chain.map {
        Step(name: $0.name, version: $0.version, because: $0.reason.description)
      }
    }
  }
}
