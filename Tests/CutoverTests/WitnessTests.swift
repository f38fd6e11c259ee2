import Cutover
import Essentials
import Glibc
import SystemPackage
import TestSupport
import Testing

/// What it sends and what it sees, against a real server with faults.
@Suite struct WitnessTests {
  private let folder: TemporaryFolder
  private var file: FilePath { folder.appending("witness") }

  init() throws { folder = try TemporaryFolder() }

  /// So many requests, as a plan's duration.
  private func plan(
    _ count: Int, _ requests: [WitnessPlan.Request], port: UInt16, rate: Double = 200, kept: Double = 0.5,
    timeout: Double = 60
  ) -> WitnessPlan {
    WitnessPlan(
      port: port, rate: rate, requests: requests, kept: kept, timeout: timeout,
      duration: (Double(count) - 0.5) / rate, identifier: "w")
  }

  private func run(_ plan: WitnessPlan) async throws -> [WitnessRecord] {
    try await Witness.run(plan, into: file)
    return try WitnessFile.read(file)
  }

  @Test func `sends each request once, and records who answered`() async throws {
    let server = try ApplicationServer("v7")
    let plan = plan(300, [.get("/page?{id}", share: 3), .post("/order", "n={id}")], port: server.port)
    let records = try await run(plan)
    #expect(records.map(\.number) == Array(0..<300))
    #expect(records.allSatisfy { $0.outcome == .answered(200) && $0.answerer == "v7" })
    let wanted = records.map {
      $0.method == .get ? "GET /page?w-\($0.number) " : "POST /order n=w-\($0.number)"
    }
    #expect(try await server.seen.sorted() == wanted.sorted())
    // Of each kind there are about as many as planned; which ones is fixed.
    #expect((50...100).contains(records.count { $0.method == .post }))
    #expect((120...180).contains(records.count(where: \.kept)))
    // Each is due when it's due, whatever happens.
    #expect(Set(zip(records, records.dropFirst()).map { $1.due - $0.due }) == [5000])
  }

  @Test(arguments: [
    ("/fault/close", WitnessFailure.closed), ("/fault/reset", .reset), ("/fault/cut", .cut),
    ("/fault/garbled", .garbled),
  ])
  func `counts a request whose connection ends as failed, and sends it once`(
    path: String, failure: WitnessFailure
  ) async throws {
    let server = try ApplicationServer("v1")
    let records = try await run(plan(40, [.post(path, "n={id}")], port: server.port))
    #expect(records.count == 40)
    #expect(records.allSatisfy { $0.outcome == .failed(failure) })
    #expect(try await server.seen.sorted() == (0..<40).map { "POST \(path) n=w-\($0)" }.sorted())
  }

  @Test func `tells apart why there is no connection`() async throws {
    let server = try ApplicationServer("v1")
    let port = try FreePort.find()
    let refused = try await run(plan(20, [.get("/")], port: port))
    #expect(refused.map(\.outcome) == Array(repeating: .failed(.refused), count: 20))
    unlink(file.string)
    let closed = try await run(plan(20, [.get("/")], port: server.closingPort))
    #expect(closed.count == 20)
    #expect(closed.allSatisfy { $0.outcome == .failed(.closed) || $0.outcome == .failed(.reset) })
  }

  @Test func `takes any status as an answer, and answers of any length`() async throws {
    let server = try ApplicationServer("v1")
    let requests: [WitnessPlan.Request] = [
      .get("/status/500"), .get("/status/302"), .get("/chunked"), .get("/until-end"), .post("/", "{id}"),
    ]
    let plan = plan(200, requests, port: server.port)
    let summary = WitnessSummary(try await run(plan))
    #expect(summary.total.requests == 200)
    #expect(Array(summary.failures.keys) == ["500"])
    #expect(summary.answerers == ["v1": 200 - summary.total.failures])
    #expect((20...60).contains(summary.total.failures))
  }

  @Test func `takes no connection again that was closed while it was idle`() async throws {
    let server = try ApplicationServer("v1")
    let records = try await run(plan(60, [.get("/idle-close")], port: server.port, rate: 50, kept: 1))
    #expect(records.count == 60)
    #expect(records.allSatisfy { $0.outcome == .answered(200) })
  }

  @Test func `keeps its rate while the server stalls, and counts from when a request was due`() async throws {
    let server = try ApplicationServer("v1")
    async let records = run(plan(1_000_000, [.get("/")], port: server.port))
    while try await server.seen.count < 50 { try await Task.sleep(for: .milliseconds(5)) }
    // For a second nothing is answered.
    try await server.ask("/stall/1")
    try DurableFile.write([], to: Witness.stopFile(of: file))
    let all = try await records
    #expect(all.count > 200)
    #expect(all.allSatisfy { $0.outcome == .answered(200) })
    #expect(Set(zip(all, all.dropFirst()).map { $1.due - $0.due }) == [5000])
    let summary = WitnessSummary(all)
    #expect(summary.longestStall?.length ?? 0 > 900_000)
    // Those that were due during the stall waited for its rest: more the earlier they were.
    #expect(all.count { $0.latency > 300_000 } > 100)
    #expect(summary.total.maximum ?? 0 > 900_000)
  }

  @Test func `gives up a request at its timeout`() async throws {
    let server = try ApplicationServer("v1")
    let records = try await run(
      plan(20, [.get("/block/for-ever")], port: server.port, timeout: 0.5))
    #expect(records.map(\.outcome) == Array(repeating: .failed(.timeout), count: 20))
    #expect(records.allSatisfy { $0.latency >= 500_000 })
  }

  @Test func `ends where its stop file appears, with what is under way`() async throws {
    let server = try ApplicationServer("v1")
    async let records = run(plan(1_000_000, [.get("/slow/0.3")], port: server.port))
    while access(file.string, F_OK) != 0 { try await Task.sleep(for: .milliseconds(5)) }
    try DurableFile.write([], to: Witness.stopFile(of: file))
    #expect(try await records.allSatisfy { $0.outcome == .answered(200) })
  }

  @Test func `ends at once where it's cancelled, and says what is unanswered`() async throws {
    let server = try ApplicationServer("v1")
    let plan = plan(1_000_000, [.get("/block/for-ever")], port: server.port, kept: 0)
    let path = file
    let work = Task { try await Witness.run(plan, into: path) }
    try await server.ask("/awaited/for-ever")
    work.cancel()
    try await work.value
    let summary = WitnessSummary(try WitnessFile.read(file))
    #expect(summary.total.unanswered == summary.total.requests)
    #expect(summary.total.requests > 0)
    #expect(summary.total.failures == 0)
    #expect(summary.failures.isEmpty)
  }

  @Test func `goes on behind a line that was torn`() async throws {
    let server = try ApplicationServer("v1")
    _ = try await run(plan(10, [.get("/")], port: server.port))
    let whole = try DurableFile.read(file)
    try DurableFile.write(Array(whole.dropLast(9)), to: file)
    #expect(try WitnessFile.read(file).count == 9)
    let records = try await run(plan(10, [.get("/")], port: server.port))
    #expect(records.count == 19)
  }

  @Test func `refuses a plan that it can't carry out`() async throws {
    let plan = plan(1, [.get("/")], port: 1)
    let changes: [(inout WitnessPlan) -> Void] = [
      { $0.rate = 0 }, { $0.rate = .nan }, { $0.kept = 1.5 }, { $0.timeout = -1 },
      { $0.duration = .infinity },
      { $0.requests = [] }, { $0.requests = [.get("/", share: 0)] }, { $0.host = "a\r\nb" },
      { $0.address = "nowhere" },
      { $0.headers = [.init("A", "b\nc")] }, { $0.requests = [.get("/a b")] },
    ]
    for change in changes {
      var wrong = plan
      change(&wrong)
      await #expect { try await Witness.run(wrong, into: file) } throws: {
        ($0 as? Diagnostic)?.category == .usage
      }
    }
    #expect(access(file.string, F_OK) != 0)
  }
}
