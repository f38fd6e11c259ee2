import Essentials
import FoundationEssentials
import Glibc
import Pools
import SystemPackage
import TestSupport
import Testing

@testable import Cutover

/// What happens to an application that writes while its rights, or the database, are taken away.
@Suite(.serialized) struct PostgreSQLWriterTests {
  private struct Counts: Decodable {
    var acknowledged: Int
    var refused: Int
    var lost: Int
  }

  private static let script = FilePath(#filePath).removingLastComponent().appending("counted_writer.py")

  private func writer(_ site: TestSite, as release: String = "old") async throws -> ChildProcess {
    let writer = try ChildProcess(
      "python3", [Self.script.string, TestSite.psql], environment: try await site.environment(release))
    #expect(try writer.readLine() == "writing")
    return writer
  }

  private func end(_ writer: ChildProcess) throws -> Counts {
    #expect(writer.end(by: SIGTERM) == 0)
    return try JSONDecoder().decode(Counts.self, from: Data(try writer.readLine().utf8))
  }

  @Test(arguments: [DatabaseAccess.read, .none])
  func `loses no write that was acknowledged, and makes none that wasn't`(_ access: DatabaseAccess)
    async throws
  {
    let site = try await TestSite.open()
    let count = "SELECT count(*) FROM entries"
    let writer = try await writer(site)
    for _ in 0..<5 {
      let before = try await site.administer(count, on: site.live)
      try await site.database.grant(access, to: "old", on: site.live, patience: .seconds(30))
      let first = try await site.administer(count, on: site.live)
      #expect(first != before)
      for _ in 0..<5 { #expect(try await site.administer(count, on: site.live) == first) }
      try await site.database.grant(.write, to: "old", on: site.live, patience: .zero)
      while try await site.administer(count, on: site.live) == first {}
    }
    try await site.database.evict("old")
    let counts = try end(writer)
    #expect(counts.acknowledged > 0 && counts.refused + counts.lost > 0)
    #expect(try await site.administer(count, on: site.live) == "\(counts.acknowledged)\n")
  }

  @Test func `clones what was there at one moment, while it's written to`() async throws {
    let site = try await TestSite.open()
    // Money moves between two tables: at every moment the sum is nil.
    try await site.run(
      """
      CREATE TABLE a (v bigint); CREATE TABLE z (v bigint); INSERT INTO a VALUES (0); INSERT INTO z VALUES (0);
      CREATE FUNCTION move() RETURNS trigger LANGUAGE plpgsql AS
        $$BEGIN UPDATE public.a SET v = v + 1; UPDATE public.z SET v = v - 1; RETURN NULL; END$$;
      CREATE TRIGGER moves AFTER INSERT ON entries EXECUTE FUNCTION move();
      """, as: "old")
    let writer = try await writer(site)
    for number in 0..<4 {
      let copy = site.name("_\(number)")
      try await site.database.clone(site.live, to: copy)
      #expect(try await site.administer("SELECT a.v + z.v FROM a, z", on: copy) == "0\n")
      #expect(try await site.administer("SELECT v > 0 FROM a", on: copy) == "t\n")
    }
    let counts = try end(writer)
    // Nobody was disturbed.
    #expect(counts.refused == 0 && counts.lost == 0)
    #expect(
      try await site.administer("SELECT count(*) FROM entries", on: site.live) == "\(counts.acknowledged)\n")
  }

  @Test func `duplicates and replaces while clients keep coming`() async throws {
    let site = try await TestSite.open()
    let writer = try await writer(site)
    for _ in 0..<3 {
      try await site.database.duplicate(site.live, to: site.name("_copy"))
      try await site.database.replace(site.live, with: site.name("_copy"))
    }
    let before = try await site.administer("SELECT count(*) FROM entries", on: site.live)
    while try await site.administer("SELECT count(*) FROM entries", on: site.live) == before {}
    let counts = try end(writer)
    #expect(counts.lost > 0 && counts.acknowledged > 0)
  }

  @Test func `keeps what was acknowledged when the server is killed`() async throws {
    let cluster = try await TestCluster()
    let site = try await TestSite.open(in: cluster)
    let writer = try await writer(site)
    let port = try cluster.cluster.port()
    for _ in 0..<3 {
      let before =
        Int(try await site.administer("SELECT count(*) FROM entries", on: site.live).dropLast()) ?? 0
      let process = try #require(cluster.cluster.postmaster())
      process.send(SIGKILL)
      while process.isAlive {}
      try await site.database.claim(epoch: 1)
      while (Int(try await site.administer("SELECT count(*) FROM entries", on: site.live).dropLast()) ?? 0)
        <= before
      {}
    }
    #expect(try cluster.cluster.port() == port)
    let counts = try end(writer)
    let rows = Int(try await site.administer("SELECT count(*) FROM entries", on: site.live).dropLast()) ?? 0
    // A transaction may have been committed without a word getting through.
    #expect(rows >= counts.acknowledged && rows <= counts.acknowledged + 2 * counts.lost)
    try await cluster.cluster.stop()
  }
}
