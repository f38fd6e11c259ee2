import ArgumentParser
import Essentials

/// The whole command line: six verbs in the order of the flow, then what looks and what tidies up.
struct Hardtack: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hardtack",
    abstract: "Bakes virtual machine images for Django teams: pinned, offline, bit for bit the same",
    discussion: """
      The flow: recipe.yaml, lock, fetch, bake, boot, swap.

        hardtack lock recipes/logic      pin packages and wheels by SHA-256
        hardtack fetch recipes/logic     bring them into the store
        hardtack bake recipes/logic --release v1
        hardtack boot v1 --count 2 --secrets file:secrets.env
        hardtack swap run v2             make it live, without losing a request
        hardtack pools                   what runs
        hardtack stop v1

      Standard output is data, standard error is speech. Exit codes: 0 done, 1 failed, 2 a fault of this \
      program, 3 no solution or a stale lockfile, 4 verification failed, 5 not available offline, 6 a gate or \
      sanity check failed, 7 locked by another, 64 usage, 130 interrupted.
      """,
    version: ProgramVersion.text,
    subcommands: [
      LockCommand.self, FetchCommand.self, BakeCommand.self, BootCommand.self, SwapCommand.self,
      ShowCommand.self, DiffCommand.self, WhyCommand.self, ExportCommand.self, SBOMCommand.self,
      SignCommand.self,
      VerifySignatureCommand.self, PoolsCommand.self, GrowCommand.self,
      StopCommand.self,
      LogsCommand.self, ConsoleCommand.self, StoreCommand.self, ServeCommand.self,
      PushCommand.self, PullCommand.self,
    ])
}
