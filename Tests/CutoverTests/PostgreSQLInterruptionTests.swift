import Essentials
import Storage
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import Cutover

/// A call that ends between two statements, wherever that is, leaves what its repetition brings to the same end.
@Suite struct PostgreSQLInterruptionTests {
  /// A call of a database, as it is tested.
  enum Call: String, CaseIterable {
    case lower, raise, shut, evict, clone, duplicate, replace, archive, restore, drop, claim
  }

  /// Lets so many statements run.
  private static func allowance(_ count: Int) -> @Sendable (Int) -> Int {
    let left = Mutex(count)
    return { wanted in
      left.withLock { left in
        let granted = min(wanted, left)
        left -= granted
        return granted
      }
    }
  }

  @Test(arguments: Call.allCases)
  func `converges from wherever it was interrupted`(_ call: Call) async throws {
    let site = try await TestSite.open("cut")
    let live = site.live
    let folder = try TemporaryFolder()
    let store = try Store(at: folder.appending("store"), creating: true)
    try await site.run("INSERT INTO entries (value) SELECT generate_series(1, 100)", as: "old")
    let content = try await site.database.checksum(of: live)
    let archive =
      call == .restore ? try await site.database.archive(live, into: store) : Digest(of: "none")
    let copy = site.name("_copy")
    var points = 0
    while true {
      try await prepare(call, site, copy, archive, store)
      let epoch = points + 2
      var database = try site.rival()
      if call != .claim { try await database.claim(epoch: epoch) }
      database.allowance = Self.allowance(points)
      var isComplete = true
      do { try await perform(call, database, live, copy, archive, store, epoch) } catch let error
        as Diagnostic
        where error.message.contains("interrupted")
      { isComplete = false }
      if !isComplete {
        // The live database is there whatever happens, and whoever may read it can.
        if ![.lower, .raise, .shut, .evict].contains(call) {
          #expect(
            try await site.run("SELECT count(*) > 0 FROM entries", as: "old") == "t\n", "after \(points)")
        }
        let next = try site.rival()
        try await next.claim(epoch: epoch)
        try await perform(call, next, live, copy, archive, store, epoch)
      }
      try await check(call, site, copy, content)
      let left = try await site.administer(
        "SELECT datname FROM pg_database WHERE datname LIKE 'hardtack_%' AND datname IN (\(leftovers(site, copy)))"
      )
      #expect(left.isEmpty)
      if isComplete { break }
      points += 1
    }
    // A few statements at least: or nothing was tested.
    #expect(points >= (call == .drop ? 1 : 2))
  }

  private func leftovers(_ site: TestSite, _ copy: String) -> String {
    let names = site.database.names
    return ["new", "old", "trial"].flatMap { purpose in
      [site.live, copy].map { "'\(names.passing(purpose, for: $0))'" }
    }.joined(separator: ",")
  }

  private func prepare(
    _ call: Call, _ site: TestSite, _ copy: String, _ archive: Digest, _ store: Store
  ) async throws {
    try await site.database.claim(
      epoch: Int(
        try await site.administer(
          "SELECT substring(shobj_description(oid, 'pg_authid') FROM '[0-9]+$') FROM pg_roles WHERE rolname = '\(site.live)_owner'"
        ).dropLast()) ?? 1)
    let database = site.database
    switch call {
    case .lower, .shut: try await database.grant(.write, to: "new", on: site.live, patience: .seconds(5))
    case .evict: try await database.grant(.read, to: "new", on: site.live, patience: .seconds(5))
    case .raise: try await database.grant(.none, to: "new", on: site.live, patience: .seconds(5))
    case .clone, .duplicate, .restore: try await database.drop(copy)
    case .replace, .drop: try await database.clone(site.live, to: copy)
    case .archive, .claim: break
    }
  }

  private func perform(
    _ call: Call, _ database: PostgreSQL, _ live: String, _ copy: String, _ archive: Digest, _ store: Store,
    _ epoch: Int
  ) async throws {
    switch call {
    case .lower: try await database.grant(.read, to: "new", on: live, patience: .seconds(5))
    case .raise: try await database.grant(.write, to: "new", on: live, patience: .seconds(5))
    case .shut: try await database.grant(.none, to: "new", on: live, patience: .seconds(5))
    case .evict: try await database.evict("new")
    case .clone: try await database.clone(live, to: copy)
    case .duplicate: try await database.duplicate(live, to: copy)
    case .replace: try await database.replace(live, with: copy)
    case .archive: _ = try await database.archive(live, into: store)
    case .restore: try await database.restore(archive, from: store, to: copy)
    case .drop: try await database.drop(copy)
    case .claim: try await database.claim(epoch: epoch)
    }
  }

  private func check(_ call: Call, _ site: TestSite, _ copy: String, _ content: Digest) async throws {
    let database = site.database
    #expect(try await database.checksum(of: site.live) == content)
    #expect(try await database.access(of: "old", on: site.live) == .write)
    switch call {
    case .lower: #expect(try await database.access(of: "new", on: site.live) == .read)
    case .raise: #expect(try await database.access(of: "new", on: site.live) == .write)
    case .shut, .evict: #expect(try await database.access(of: "new", on: site.live) == .none)
    case .clone, .duplicate, .restore: #expect(try await database.checksum(of: copy) == content)
    case .replace, .drop: #expect(try await !database.exists(copy))
    case .archive, .claim: break
    }
  }
}
