import Cutover
import Essentials
import Glibc
import SystemPackage
import TestSupport
import Testing

/// What breaks while a swap is under way: it goes back by itself, or stops where one command sets it right; live keeps answering.
@Suite(.serialized) struct SwapFaultTests {
  private static func order(_ release: String = "v2") -> RehearsalOrder {
    var order = RehearsalOrder(.run)
    order.release = release
    order.patience = 20
    return order
  }

  /// Swaps under traffic and sees that all is as it was, without a request that failed.
  private static func isRolledBack(
    _ rig: SwapRig, _ order: RehearsalOrder, because reason: String
  ) async throws {
    let start = try await rig.site.state()
    let schema = try await rig.site.schema()
    let before = try await rig.site.orders()
    let records = try await rig.site.witnessed(rate: 30) {
      let outcome = try await rig.work(order)
      #expect(outcome.status == 6, "\(outcome.output)")
      #expect(outcome.output.contains(reason), "\(outcome.output)")
    }
    #expect(WitnessSummary(records).total.failures == 0)
    #expect(try await rig.site.state() == start)
    #expect(try await rig.site.schema() == schema)
    let stored = records.count { $0.method == .post }
    #expect(try await rig.site.orders() == before + stored)
  }

  @Test func `green that never gets healthy is taken back`() async throws {
    let rig = try await SwapRig.begun()
    try rig.site.spoil("v2", "sick")
    try await Self.isRolledBack(rig, Self.order(), because: "isn't well")
  }

  @Test func `a migration that breaks down half way leaves the schema as it was`() async throws {
    let rig = try await SwapRig.begun()
    try rig.site.spoil("v2", "half")
    try await Self.isRolledBack(rig, Self.order(), because: "broke down half way")
  }

  @Test func `a hook that hangs is ended`() async throws {
    let rig = try await SwapRig.begun()
    var order = Self.order()
    order.patience = 3
    order.hooks = [.paused: ["sleep 100"]]
    try await Self.isRolledBack(rig, order, because: "had not ended after 3 s")
  }

  @Test func `an archive that finds no room stops before blue goes`() async throws {
    let rig = try await SwapRig.begun()
    let store = rig.site.folder.appending("store")
    try await mount(store, size: "256k")
    var order = Self.order()
    order.hooks = [.switched: ["head -c 1000000 /dev/zero >'\(store)/filling' || true"]]
    let start = try await rig.site.state()
    let records = try await rig.site.witnessed(rate: 30) {
      let outcome = try await rig.work(order)
      #expect(outcome.status != 0 && outcome.output.contains("no space left"), "\(outcome.output)")
    }
    #expect(WitnessSummary(records).total.failures == 0)
    // The schema stays: requests were served on it.
    #expect(try await rig.site.state() == start)
    let stored = records.count { $0.method == .post }
    #expect(try await rig.site.orders() == stored)
  }

  @Test func `a full disk doesn't keep a swap from being written down`() async throws {
    let rig = try await SwapRig.begun()
    let state = rig.site.folder.appending("state")
    let kept = rig.site.folder.appending("kept")
    _ = try await Command("cp", ["-a", state.string, kept.string]).output()
    try await mount(state, size: "2m")
    _ = try await Command("cp", ["-a", kept.string + "/.", state.string]).output()
    var order = Self.order()
    order.hooks = [.ready: ["head -c 4000000 /dev/zero >'\(state)/filling' || true"]]
    let records = try await rig.site.witnessed(rate: 30) {
      let outcome = try await rig.work(order)
      #expect(outcome.status == 0, "\(outcome.output)")
    }
    #expect(WitnessSummary(records).total.failures == 0)
    #expect(try rig.site.site.live()?.release == "v2")
  }

  private func mount(_ folder: FilePath, size: String) async throws {
    try DurableFile.createFolder(folder)
    _ = try await Command(
      "mount", ["-t", "tmpfs", "-o", "size=\(size),mode=711", "tmpfs", folder.string]
    ).output()
  }

  @Test func `green that dies while it's watched is taken back`() async throws {
    let rig = try await SwapRig.begun()
    var order = Self.order()
    order.watch = 20
    let records = "'\(rig.site.folder)'/machines/rehearsal-2-*.json"
    order.hooks = [.switched: [#"kill -9 $(sed 's/.*"pid":\([0-9]*\).*/\1/' "# + records + ")"]]
    let start = try await rig.site.state()
    let seen = try await rig.site.witnessed(rate: 30) {
      let outcome = try await rig.work(order)
      #expect(outcome.status == 6 && outcome.output.contains("became unhealthy"), "\(outcome.output)")
    }
    #expect(try await rig.site.state() == start)
    // What a server was at when it died can't be saved.
    let last = try #require(seen.last)
    #expect(last.isSuccess && last.answerer == "v1")
  }

  @Test func `a lease that another takes over leaves the first with nothing to do`() async throws {
    let rig = try await SwapRig.begun()
    var order = Self.order()
    let mark = rig.site.folder.appending("waits")
    order.hooks = [.ready: ["touch '\(mark)'; while [ -e '\(mark)' ]; do sleep 0.05; done"]]
    let start = try await rig.site.state()
    let first = order
    let records = try await rig.site.witnessed(rate: 30) {
      async let losing = rig.work(first)
      while access(mark.string, F_OK) != 0 { try await Task.sleep(for: .milliseconds(10)) }
      var evicting = RehearsalOrder(.abort)
      #expect(try await rig.work(evicting).status == 7)
      evicting.evicts = true
      let taken = try await rig.work(evicting)
      #expect(taken.status == 0, "\(taken.output)")
      unlink(mark.string)
      let lost = try await losing
      #expect(lost.status == 7, "\(lost.output)")
    }
    #expect(WitnessSummary(records).total.failures == 0)
    #expect(try await rig.site.state() == start)
    #expect(try rig.site.site.swaps().first?.ending == .rolledBack)
  }

  @Test(arguments: [-34_560_000, 34_560_000])
  func `a clock that jumps changes nothing`(_ seconds: Int) async throws {
    let rig = try await SwapRig.begun()
    let clock = rig.site.folder.appending("clock")
    var order = Self.order()
    order.watch = 2
    order.hooks = [.ready: ["printf %s '\(seconds)' >'\(clock)'"]]
    let now = order
    let records = try await rig.site.witnessed(rate: 30) {
      let library = BuiltProgram.path("libClockJump.so")
      let outcome = try await rig.work(now, by: ["env", "LD_PRELOAD=\(library)", "CLOCK_JUMP=\(clock)"])
      #expect(outcome.status == 0, "\(outcome.output)")
    }
    #expect(WitnessSummary(records).total.failures == 0)
    #expect(try rig.site.site.live()?.release == "v2")
    let times = try Journal.records(rig.site.site.journal(2)).map(\.time)
    #expect(zip(times, times.dropFirst()).contains { abs($1 - $0) > 30_000_000_000_000 })
  }

  /// A command that ends a server and waits for its end.
  private static func ending(_ server: String, _ folder: FilePath) -> String {
    """
    for process in /proc/[0-9]*; do
      case $(tr '\\0' ' ' <$process/cmdline) in */\(server)*'\(folder)'*) pid=${process#/proc/} ;; *) continue ;; esac
      kill -QUIT $pid; kill -TERM $pid
      while kill -0 $pid 2>/dev/null; do sleep 0.05; done
    done
    """
  }

  /// Nobody starts them again but the next command: the swap stops, or goes back as soon as it's told.
  @Test(arguments: [("bin/postgres", .paused), ("haproxy", .ready)] as [(String, HookPoint)])
  func `a server that ends is started by the command that goes on`(
    _ server: String, _ point: HookPoint
  ) async throws {
    let rig = try await SwapRig.begun()
    var order = Self.order()
    order.hooks = [point: [Self.ending(server, rig.site.folder)]]
    let start = try await rig.site.state()
    var outcome = try await rig.work(order)
    #expect(outcome.status != 0, "\(outcome.output)")
    if try rig.site.site.unfinished() != nil {
      #expect(outcome.output.contains("hardtack swap resume"), "\(outcome.output)")
      outcome = try await rig.work(RehearsalOrder(.resume))
      #expect(outcome.status == 0, "\(outcome.output)")
    }
    let found = try await rig.site.state()
    #expect(found == start || found.live?.release == "v2", "\(found)")
    let records = try await rig.site.witnessed(rate: 30) { try await Task.sleep(for: .seconds(1)) }
    #expect(WitnessSummary(records).total.failures == 0)
  }
}
