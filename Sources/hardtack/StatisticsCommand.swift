import ArgumentParser
import Essentials
import Storage

struct StatisticsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stats",
    abstract:
      "Count what the store holds, what each lockfile, image and pool needs of it, and what gc would free.")

  @OptionGroup var shared: SharedOptions

  @Flag(help: "Print the numbers as JSON.")
  var json = false

  private struct Answer: Encodable {
    struct Root: Encodable {
      let kind: String
      let name: String
      let recipe: String?
      let releases: [String]
      let bytes: Int64
      /// The bytes that no other root needs.
      let alone: Int64
      let shared: Int64
    }
    let blobs: Int
    let bytes: Int64
    let unreached: Int64
    let collectable: Int64?
    let roots: [Root]
  }

  func run() throws {
    let statistics = try shared.openStore().statistics()
    if json {
      return try Output.json(
        Answer(
          blobs: statistics.blobs, bytes: statistics.bytes, unreached: statistics.unreached,
          collectable: statistics.collectable,
          roots: statistics.shares.map {
            Answer.Root(
              kind: $0.root.kind.rawValue, name: $0.root.name, recipe: $0.root.labels[Root.recipeLabel],
              releases: $0.releases, bytes: $0.bytes, alone: $0.alone, shared: $0.bytes - $0.alone)
          }))
    }
    let free =
      statistics.collectable.map { "'hardtack store gc' would free \(ByteCount($0))" }
      ?? "'hardtack store gc' would refuse: see 'hardtack store verify'"
    print(
      "\(StoreCommand.count(statistics.blobs)), \(ByteCount(statistics.bytes)); \(ByteCount(statistics.unreached)) that nothing needs; \(free)"
    )
    guard !statistics.shares.isEmpty else { return }
    let rows = statistics.shares.map { share in
      let bytes = [share.bytes, share.alone, share.bytes - share.alone].map { "\(ByteCount($0))" }
      return [share.root.kind.rawValue, name(share)] + bytes
    }
    Output.table([["KIND", "NAME", "NEEDS", "ALONE", "SHARED"]] + rows)
  }

  private func name(_ share: Store.Statistics.Share) -> String {
    let name = Digest(hexadecimal: share.root.name)?.short ?? share.root.name
    let names =
      share.releases.isEmpty ? [share.root.labels[Root.recipeLabel]].compactMap(\.self) : share.releases
    return names.isEmpty ? name : "\(name) \(names.joined(separator: ","))"
  }
}
