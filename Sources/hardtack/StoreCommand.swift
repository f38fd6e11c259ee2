import ArgumentParser
import Essentials
import Storage

struct StoreCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "store", abstract: "Look after the store.",
    subcommands: [Verify.self, Collect.self, Stats.self])

  struct Verify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "verify",
      abstract: "Read every blob again and compare it with its digest; what is wrong is quarantined.")

    @OptionGroup var shared: SharedOptions

    func run() async throws {
      let store = try shared.openStore()
      let result = try await store.verify(shared.progress)
      guard result.damaged.isEmpty else {
        throw Diagnostic(
          .verificationFailed, "\(result.damaged.count) blobs were damaged, and are in quarantine",
          notes: result.damaged.map { "  \($0)" },
          hints: ["fetch the recipes that need them again, or bake again"])
      }
      shared.progress.say("all \(result.blobs) blobs are what they should be")
    }
  }

  struct Collect: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "gc",
      abstract: "Remove what no lockfile, image or pool needs and no running process holds.")

    @OptionGroup var shared: SharedOptions

    @Flag(help: "Only say what would be removed.")
    var dryRun = false

    func run() throws {
      let store = try shared.openStore()
      let result = try store.collect(dryRun: dryRun)
      print("\(dryRun ? "would remove" : "removed") \(result.blobs) blobs, \(ByteCount(result.bytes))")
    }
  }

  struct Stats: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "stats", abstract: "Count what the store holds.")

    @OptionGroup var shared: SharedOptions

    func run() throws {
      let statistics = try shared.openStore().statistics()
      print("\(statistics.blobs) blobs, \(ByteCount(statistics.bytes))")
    }
  }
}
