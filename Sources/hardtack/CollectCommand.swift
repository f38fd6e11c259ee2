import ArgumentParser
import Baking
import Essentials
import Storage

struct CollectCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gc",
    abstract:
      "Remove what no lockfile, release, recipe's last image or pool needs and no running process holds.",
    discussion: """
      Every bake names its image after the recipe, and with --release after the release too. What no such name \
      stands for any more goes, unless a pool runs it: it can be baked again from its recipe and lockfile. So do the \
      unpacked trees of layers that go. Bakes that run meanwhile lose nothing.

        hardtack store gc --dry-run
        hardtack store gc --keep 3     keep the three newest images without a name of each recipe
      """)

  @OptionGroup var shared: SharedOptions

  @Option(
    help: ArgumentHelp(
      "Keep so many of each recipe's images without a name, the newest.", valueName: "number"))
  var keep = 0

  @Flag(help: "Only say what would be removed.")
  var dryRun = false

  @Flag(help: "Print what was removed as JSON.")
  var json = false

  func validate() throws {
    guard keep >= 0 else { throw ValidationError("--keep takes a number of images, 0 or more.") }
  }

  private struct Answer: Encodable {
    let dryRun: Bool
    let images: Int
    let blobs: Int
    let bytes: Int64
    let trees: Int
    let treeBytes: Int64
    let actions: Int
    let leftovers: Int
  }

  func run() async throws {
    let store = try shared.openStore()
    // The trees' files belong to the user's subordinate ids.
    if UnpackedTrees.exist(in: store) { try await UserNamespace.enter() }
    let (result, trees) = try UnpackedTrees.collect(with: store, keep: keep, dryRun: dryRun)
    if json {
      return try Output.json(
        Answer(
          dryRun: dryRun, images: result.images, blobs: result.blobs, bytes: result.bytes,
          trees: trees.count, treeBytes: trees.bytes, actions: result.actions, leftovers: result.leftovers))
    }
    var parts = ["\(StoreCommand.count(result.blobs)), \(ByteCount(result.bytes))"]
    if result.images > 0 { parts.insert(result.images == 1 ? "1 image" : "\(result.images) images", at: 0) }
    if trees.count > 0 {
      parts.append("\(trees.count == 1 ? "1 tree" : "\(trees.count) trees"), \(ByteCount(trees.bytes))")
    }
    if result.leftovers > 0 { parts.append("and what \(result.leftovers) killed writes left behind") }
    print("\(dryRun ? "would remove" : "removed") \(parts.joined(separator: ", "))")
  }
}
