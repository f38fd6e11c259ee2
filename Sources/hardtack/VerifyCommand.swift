import ArgumentParser
import Essentials
import Locking
import Storage
import Transfer

struct VerifyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Read every blob again and compare it with its digest; what is wrong is quarantined.",
    discussion: """
      With --repair, what is damaged or missing is fetched again, where a lockfile names it that the store knows of: \
      that of a fetched recipe or of an image. Layers are made again by 'bake'. What is lost for good is said, with who \
      needs it and which command brings it back.

        hardtack store verify
        hardtack store verify --repair
      """)

  @OptionGroup var shared: SharedOptions

  @Flag(help: "Fetch again what is damaged or missing.")
  var repair = false

  @Flag(help: "Print what was found as JSON.")
  var json = false

  private struct Answer: Encodable {
    struct Lost: Encodable {
      let digest: Digest
      let label: String?
      let neededBy: [String]
      let commands: [String]
    }
    let blobs: Int
    let bytes: Int64
    let damaged: [Digest]
    let actions: Int
    let references: [String]
    let repaired: [Digest]
    let lost: [Lost]
  }

  func run() async throws {
    let store = try shared.openStore()
    let found = try await store.verify(shared.progress)
    let downloader = try Downloader(Downloader.Configuration(environment: environment))
    let work = StoreRepair(store: store, downloader: downloader, environment: environment)
    let outcome =
      try await repair ? work.run(progress: shared.progress) : StoreRepair.Outcome(lost: work.losses())
    if json {
      try Output.json(
        Answer(
          blobs: found.blobs, bytes: found.bytes, damaged: found.damaged, actions: found.actions,
          references: found.references.map(\.message), repaired: outcome.restored,
          lost: outcome.lost.map {
            Answer.Lost(digest: $0.digest, label: $0.label, neededBy: $0.users, commands: $0.commands)
          }))
    }
    if found.blobs == 0, found.isSound, outcome.lost.isEmpty {
      return shared.progress.say("the store is empty")
    }
    if found.isSound {
      shared.progress.say("\(StoreCommand.count(found.blobs)) read, and none is damaged")
    }
    if found.actions > 0 {
      shared.progress.say(
        "\(found.actions == 1 ? "1 record" : "\(found.actions) records") of bakes' steps damaged and put aside; the next bake does those steps again"
      )
    }
    if !outcome.restored.isEmpty {
      shared.progress.say("\(StoreCommand.count(outcome.restored.count)) fetched again")
    }
    try report(found, outcome)
  }

  private func report(_ found: Store.Verification, _ outcome: StoreRepair.Outcome) throws(Diagnostic) {
    let unneeded = Set(found.damaged).subtracting(outcome.restored).subtracting(outcome.lost.map(\.digest))
    let notes =
      outcome.lost.map(\.line) + unneeded.sorted().map { "  \($0): nothing needs it" }
      + found.references.map { "  " + $0.message }
    let isWhole = outcome.lost.isEmpty && found.references.isEmpty
    // Repaired, or nothing to repair: all is well again.
    if isWhole, repair || found.damaged.isEmpty { return }
    var hints = found.references.flatMap(\.hints)
    if !repair, !outcome.lost.isEmpty {
      hints.append(
        "run 'hardtack store verify --repair', which fetches again what a lockfile names; then check the disk"
      )
    } else {
      var seen: Set<String> = []
      hints += outcome.lost.flatMap(\.commands).filter { seen.insert($0).inserted }.map { "run '\($0)'" }
    }
    if hints.isEmpty { hints = ["check the disk"] }
    throw Diagnostic(.verificationFailed, summary(found, outcome), notes: notes, hints: hints)
  }

  private func summary(_ found: Store.Verification, _ outcome: StoreRepair.Outcome) -> String {
    var parts: [String] = []
    if !found.damaged.isEmpty {
      parts.append(
        found.damaged.count == 1
          ? "1 of \(found.blobs) blobs was damaged, and is in quarantine"
          : "\(found.damaged.count) of \(found.blobs) blobs were damaged, and are in quarantine")
    }
    let lost = outcome.lost.count
    if lost > 0 {
      if repair {
        parts.append("\(StoreCommand.count(lost)) can't be fetched again")
      } else if found.damaged.isEmpty || lost > found.damaged.count {
        parts.append(lost == 1 ? "1 blob is missing" : "\(lost) blobs are missing")
      }
    }
    let references = found.references.count
    if references > 0 {
      parts.append(references == 1 ? "1 root is damaged" : "\(references) roots are damaged")
    }
    return parts.joined(separator: "; ")
  }
}
