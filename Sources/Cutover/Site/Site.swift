package import Essentials
import Glibc
package import Pools
import Storage
package import SystemPackage

/// Where a recipe's images are live: the folder of its swaps, beside its pools.
///
///     NAME.site/lease.json        who may change it, and the epoch
///               7.journal         the seventh swap, event by event
///               7.requests        what its witness saw
///               7.html            its report
///               haproxy/          the balancer, where it's ours
///               postgresql/       the database, where it's ours
///               databases.json    the passwords of the database's roles
package struct Site: Sendable {
  package let name: String
  package let folder: FilePath

  /// - Parameter pools: the folder of pools that the site's lies in.
  package init(_ name: String, in pools: PoolStore) throws(Diagnostic) {
    guard PoolStore.isName(name), name.utf8.count <= 30 else {
      throw Diagnostic(
        .usage, "'\(name)' can't name a site",
        hints: ["use 30 lower-case letters, digits and hyphens at most"])
    }
    self.name = name
    folder = pools.folder.appending(name + ".site")
  }

  package func prepare() throws(Diagnostic) { try DurableFile.createFolder(folder, mode: 0o700) }

  package func journal(_ number: Int) -> FilePath { folder.appending("\(number).journal") }
  package func requests(_ number: Int) -> FilePath { folder.appending("\(number).requests") }
  package func report(_ number: Int) -> FilePath { folder.appending("\(number).html") }
  package var lease: FilePath { folder.appending("lease.json") }

  /// The numbers of its swaps, in their order.
  package func numbers() throws(Diagnostic) -> [Int] {
    try FolderListing.names(in: folder).filter { $0.hasSuffix(".journal") }.compactMap { Int($0.dropLast(8)) }
      .sorted()
  }

  /// A swap as its journal tells it.
  /// - Throws: `usage` where there's none of that number.
  package func swap(_ number: Int) throws(Diagnostic) -> (swap: SwapMachine, records: [JournalRecord]) {
    guard access(journal(number).string, F_OK) == 0 else {
      throw Diagnostic(
        .usage, "\(name) has no swap \(number)", hints: ["'hardtack swap history' lists them"])
    }
    let records = try Journal.records(journal(number))
    return (try SwapMachine(replaying: records), records)
  }

  /// The swaps that have begun, the latest first. A command that was killed before its plan was written down has done nothing.
  package func swaps() throws(Diagnostic) -> [SwapMachine] {
    var swaps: [SwapMachine] = []
    for number in try numbers().reversed() {
      let records = try Journal.records(journal(number))
      if !records.isEmpty { swaps.append(try SwapMachine(replaying: records)) }
    }
    return swaps
  }

  /// What is live: the green of the latest swap that made one so.
  package func live() throws(Diagnostic) -> Deployment? {
    guard let last = try lastChange() else { return nil }
    return last.scenario == .takeDown ? nil : last.green
  }

  /// What was live before.
  package func previous() throws(Diagnostic) -> Deployment? { try lastChange()?.blue }

  /// The latest plan that was carried out and changed what is live.
  private func lastChange() throws(Diagnostic) -> Plan? {
    try swaps().first { $0.ending == .completed && $0.plan.scenario != .liveToTest }?.plan
  }

  /// The swap that hasn't ended.
  package func unfinished() throws(Diagnostic) -> SwapMachine? {
    try swaps().first.flatMap { $0.ending == nil ? $0 : nil }
  }

  /// The names of all sites.
  package static func names(in pools: PoolStore) throws(Diagnostic) -> [String] {
    try FolderListing.names(in: pools.folder).filter { $0.hasSuffix(".site") }.map { String($0.dropLast(5)) }
      .sorted()
  }
}
