import Cutover
import Essentials
import Storage
import TestSupport
import Testing

/// What every ``Database`` promises.
@Suite struct DatabaseConformanceTests {
  private static let refused = "permission denied"

  private func category(_ body: () async throws -> Void) async -> Diagnostic.Category? {
    do { try await body() } catch { return (error as? Diagnostic)?.category }
    return nil
  }

  @Test(arguments: DatabaseKind.allCases)
  func `gives a release what it was granted, and no more`(_ kind: DatabaseKind) async throws {
    let harness = try await kind.harness()
    let (database, live) = (harness.database, harness.database.live)
    try await harness.insert(1, as: "old", into: live)
    for _ in 0..<2 {
      try await database.grant(.read, to: "old", on: live, patience: .seconds(5))
      #expect(try await database.access(of: "old", on: live) == .read)
    }
    await #expect(throws: Diagnostic.self) { try await harness.insert(2, as: "old", into: live) }
    #expect(try await harness.values(as: "old", in: live) == [1])
    try await database.grant(.none, to: "old", on: live, patience: .seconds(5))
    #expect(try await database.access(of: "old", on: live) == .none)
    await #expect(throws: Diagnostic.self) { try await harness.values(as: "old", in: live) }
    try await database.grant(.write, to: "old", on: live, patience: .seconds(5))
    try await harness.insert(3, as: "old", into: live)
    #expect(try await harness.values(as: "old", in: live) == [1, 3])
    #expect(try await database.access(of: "never seen", on: live) == .none)
    await #expect(throws: Diagnostic.self) { try await database.access(of: "old", on: "nowhere") }
  }

  @Test(arguments: DatabaseKind.allCases)
  func `leaves rights as they were where a transaction doesn't end`(_ kind: DatabaseKind) async throws {
    let harness = try await kind.harness()
    let live = harness.database.live
    let transaction = try await harness.begin(as: "old", in: live)
    for access in [DatabaseAccess.read, .none] {
      let failure = await category {
        try await harness.database.grant(access, to: "old", on: live, patience: .milliseconds(100))
      }
      #expect(failure == .checkFailed)
      #expect(try await harness.database.access(of: "old", on: live) == .write)
      try await harness.insert(1, as: "old", into: live)
    }
    withExtendedLifetime(transaction) {}
  }

  @Test(arguments: DatabaseKind.allCases)
  func `refuses an evicted release, and takes it back where it's granted something`(_ kind: DatabaseKind)
    async throws
  {
    let harness = try await kind.harness()
    let live = harness.database.live
    try await harness.insert(1, as: "old", into: live)
    for _ in 0..<2 { try await harness.database.evict("old") }
    await #expect(throws: Diagnostic.self) { try await harness.insert(2, as: "old", into: live) }
    await #expect(throws: Diagnostic.self) { try await harness.values(as: "old", in: live) }
    #expect(try await harness.database.access(of: "old", on: live) == .none)
    try await harness.database.grant(.read, to: "old", on: live, patience: .zero)
    #expect(try await harness.values(as: "old", in: live) == [1])
  }

  @Test(arguments: DatabaseKind.allCases)
  func `makes copies that live apart, and puts one in the original's place`(_ kind: DatabaseKind) async throws
  {
    let harness = try await kind.harness()
    let (database, live) = (harness.database, harness.database.live)
    try await harness.insert(1, as: "old", into: live)
    let before = try await database.checksum(of: live)
    for copy in [live + "_clone", live + "_duplicate"] {
      for _ in 0..<2 {
        if copy.hasSuffix("clone") {
          try await database.clone(live, to: copy)
        } else {
          try await database.duplicate(live, to: copy)
        }
      }
      #expect(try await database.exists(copy))
      #expect(try await database.checksum(of: copy) == before)
      await #expect(throws: Diagnostic.self) { try await harness.values(as: "old", in: copy) }
      try await database.grant(.write, to: "new", on: copy, patience: .zero)
      try await harness.insert(2, as: "new", into: copy)
      await #expect(throws: Diagnostic.self) { try await harness.values(as: "new", in: live) }
      #expect(try await database.checksum(of: copy) != before)
      #expect(try await database.checksum(of: live) == before)
      if copy.hasSuffix("clone") {
        for _ in 0..<2 { try await database.drop(copy) }
        #expect(try await !database.exists(copy))
      } else {
        for _ in 0..<2 { try await database.replace(live, with: copy) }
        #expect(try await !database.exists(copy))
      }
    }
    #expect(try await harness.values(as: "old", in: live) == [1, 2])
    try await harness.insert(3, as: "old", into: live)
    await #expect(throws: Diagnostic.self) { try await harness.values(as: "new", in: live) }
    #expect(await category { try await database.drop(live) } == .usage)
  }

  @Test(arguments: DatabaseKind.allCases)
  func `archives into the store what it restores from it`(_ kind: DatabaseKind) async throws {
    let harness = try await kind.harness()
    let (database, live) = (harness.database, harness.database.live)
    let folder = try TemporaryFolder()
    let store = try Store(at: folder.appending("store"), creating: true)
    for value in 1...3 { try await harness.insert(value, as: "old", into: live) }
    let archive = try await database.archive(live, into: store)
    let before = try await database.checksum(of: live)
    try await harness.insert(4, as: "old", into: live)
    for _ in 0..<2 { try await database.restore(archive, from: store, to: live + "_back") }
    #expect(try await database.checksum(of: live + "_back") == before)
    try await database.grant(.read, to: "old", on: live + "_back", patience: .zero)
    #expect(try await harness.values(as: "old", in: live + "_back") == [1, 2, 3])
  }

  @Test(arguments: DatabaseKind.allCases)
  func `does nothing for an operator that another has taken over from`(_ kind: DatabaseKind) async throws {
    let harness = try await kind.harness()
    let (database, live) = (harness.database, harness.database.live)
    let folder = try TemporaryFolder()
    let store = try Store(at: folder.appending("store"), creating: true)
    try await database.clone(live, to: live + "_copy")
    let archive = try await database.archive(live, into: store)
    let rival = try harness.rival()
    try await rival.claim(epoch: 7)
    try await rival.claim(epoch: 7)
    let effects: [@Sendable () async throws -> Void] = [
      { try await database.claim(epoch: 6) },
      { try await database.grant(.read, to: "old", on: live, patience: .zero) },
      { try await database.limit("old", on: live, lock: .seconds(1), statement: nil) },
      { try await database.evict("old") },
      { try await database.clone(live, to: live + "_other") },
      { try await database.duplicate(live, to: live + "_other") },
      { try await database.replace(live, with: live + "_copy") },
      { try await database.drop(live + "_copy") },
      { _ = try await database.archive(live, into: store) },
      { try await database.restore(archive, from: store, to: live + "_other") },
    ]
    for (number, effect) in effects.enumerated() {
      #expect(await category(effect) == .locked, "effect \(number)")
    }
    #expect(try await rival.access(of: "old", on: live) == .write)
    #expect(try await rival.exists(live + "_copy"))
    #expect(try await !rival.exists(live + "_other"))
    try await database.claim(epoch: 8)
    #expect(await category { try await rival.evict("old") } == .locked)
  }
}
