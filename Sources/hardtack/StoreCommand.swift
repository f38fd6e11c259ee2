import ArgumentParser

struct StoreCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "store", abstract: "Look after the store.",
    subcommands: [VerifyCommand.self, CollectCommand.self, StatisticsCommand.self])

  static func count(_ blobs: Int) -> String { blobs == 1 ? "1 blob" : "\(blobs) blobs" }
}
