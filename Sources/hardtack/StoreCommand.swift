import ArgumentParser
import Essentials
import Storage

struct StoreCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "store", abstract: "Look after the store.",
    subcommands: [Verify.self, CollectCommand.self, Stats.self])

  struct Verify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "verify",
      abstract: "Read every blob again and compare it with its digest; what is wrong is quarantined.")

    @OptionGroup var shared: SharedOptions

    @Flag(help: "Print what was found as JSON.")
    var json = false

    private struct Answer: Encodable {
      let blobs: Int
      let bytes: Int64
      let damaged: [Digest]
    }

    func run() async throws {
      let store = try shared.openStore()
      let result = try await store.verify(shared.progress)
      if json {
        try Output.json(Answer(blobs: result.blobs, bytes: result.bytes, damaged: result.damaged))
      }
      guard result.damaged.isEmpty else {
        throw Diagnostic(
          .verificationFailed,
          result.damaged.count == 1
            ? "1 of \(result.blobs) blobs was damaged, and is in quarantine"
            : "\(result.damaged.count) of \(result.blobs) blobs were damaged, and are in quarantine",
          notes: result.damaged.map { "  \($0)" },
          hints: ["run 'hardtack fetch' for the recipes that need them, or bake again; then check the disk"])
      }
      shared.progress.say(
        result.blobs == 0
          ? "the store is empty" : "\(StoreCommand.count(result.blobs)) read, and none is damaged")
    }
  }

  struct Stats: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "stats",
      abstract: "Count what the store holds, and what each lockfile, image and pool needs of it.")

    @OptionGroup var shared: SharedOptions

    @Flag(help: "Print the numbers as JSON.")
    var json = false

    private struct Answer: Encodable {
      struct Root: Encodable {
        let kind: String
        let name: String
        let bytes: Int64
        /// The bytes that no other root needs.
        let alone: Int64
      }
      let blobs: Int
      let bytes: Int64
      let unreached: Int64
      let roots: [Root]
    }

    func run() throws {
      let statistics = try shared.openStore().statistics()
      if json {
        return try Output.json(
          Answer(
            blobs: statistics.blobs, bytes: statistics.bytes, unreached: statistics.unreached,
            roots: statistics.shares.map {
              Answer.Root(kind: $0.kind.rawValue, name: $0.name, bytes: $0.bytes, alone: $0.alone)
            }))
      }
      print(
        "\(StoreCommand.count(statistics.blobs)), \(ByteCount(statistics.bytes)); \(ByteCount(statistics.unreached)) that nothing needs"
      )
      guard !statistics.shares.isEmpty else { return }
      let rows = statistics.shares.map { share in
        let name = Digest(hexadecimal: share.name)?.short ?? share.name
        return [share.kind.rawValue, name, "\(ByteCount(share.bytes))", "\(ByteCount(share.alone))"]
      }
      Output.table([["KIND", "NAME", "NEEDS", "ALONE"]] + rows)
    }
  }

  static func count(_ blobs: Int) -> String { blobs == 1 ? "1 blob" : "\(blobs) blobs" }
}
