import Essentials
import Glibc
import Images
import SystemPackage
import TestSupport
import Testing

@testable import Pools

/// Real machines under QEMU's translator; one at a time, since each takes a processor.
@Suite(.serialized) struct MachineTests {
  private let state: TemporaryFolder
  // Whatever a test does, no machine outlives it.
  private let aftermath: Aftermath
  private let pools: PoolStore
  private let progress = Progress(style: .quiet)

  init() throws {
    state = try TemporaryFolder()
    aftermath = try Aftermath(endingMachinesIn: state.path, of: state)
    pools = PoolStore(folder: state.path)
  }

  private func request(_ tiny: TinyImage, behaviour: String = "well") -> BootRequest {
    .tiny(tiny, behaviour: behaviour)
  }

  private func log(_ pool: String) -> String {
    Tail.lines(of: state.appending("\(pool)/\(pool)-1/console.log"), count: 1000).joined(separator: "\n")
  }

  @Test func `a pool starts, answers, keeps its state and stops`() async throws {
    let tiny = try await TinyImage()
    for start in 1...2 {
      let status = try await pools.boot(request(tiny), store: nil, progress: progress)
      #expect(status.state == .running)
      let instance = try #require(status.instances.first)
      #expect(instance.units.map(\.name) == ["app.service"])
      #expect(log("tiny").contains("credentials: test tiny-1 1.0 key=hunter2"))
      #expect(log("tiny").contains("starts: \(start)"))
      let process = try #require(instance.pid)
      let line = try DurableFile.read(FilePath("/proc/\(process)/cmdline"))
      #expect(!String(decoding: line, as: UTF8.self).contains("hunter2"))
      #expect(try await pools.list().map(\.instances).first?.first?.healthy == true)
      #expect(getsid(process) != getsid(0))

      let again = await #expect(throws: Diagnostic.self) {
        try await pools.boot(request(tiny), store: nil, progress: progress)
      }
      #expect(try #require(again).message == "the pool 'tiny' is running with 1 of 1 instances")
      var other = request(tiny)
      other.name = "other"
      other.port = instance.forwards[0].host
      let taken = await #expect(throws: Diagnostic.self) {
        try await pools.boot(other, store: nil, progress: progress)
      }
      #expect(
        try #require(taken).message
          == "the port \(instance.forwards[0].host) of 127.0.0.1 is in use by the instance 'tiny-1' of the pool 'tiny'"
      )

      let manners = try await pools.stop(
        "tiny", patience: .seconds(20), removing: start == 2, store: nil, progress: progress)
      #expect(manners == ["shutdown"])
      #expect(ProcessIdentity(running: process) == nil)
    }
    #expect(try pools.names() == [])
  }

  @Test func `connections that come all at once find room while QEMU is busy`() async throws {
    let tiny = try await TinyImage()
    let status = try await pools.boot(request(tiny), store: nil, progress: progress)
    let instance = try #require(status.instances.first)
    let process = try #require(instance.pid)
    let port = instance.forwards[0].host
    kill(process, SIGSTOP)
    let burst = (0..<64).map { _ in ConnectingSocket(port) }
    // The kernel answers in microseconds where there's room, and sends again after a second at the earliest where there's none.
    let inTime = ConnectingSocket.connected(burst, within: .milliseconds(800))
    kill(process, SIGCONT)
    #expect(inTime == burst.count)
    _ = try await pools.stop(
      "tiny", patience: .seconds(20), removing: true, store: nil, progress: progress)
  }

  @Test func `a machine that was killed shows as dead, with the end of its log`() async throws {
    let tiny = try await TinyImage()
    let status = try await pools.boot(request(tiny), store: nil, progress: progress)
    let process = try #require(status.instances.first?.pid.flatMap { ProcessIdentity(running: $0) })
    Ending.kill(process)
    let after = try await pools.status(of: "tiny")
    #expect(after.state == .dead)
    #expect(after.instances.first?.state == .dead)
    #expect(after.instances.first?.tail?.last == "starts: 1")
    #expect(try await pools.stop("tiny", store: nil, progress: progress) == ["gone"])
    #expect(try await pools.status(of: "tiny").state == .stopped)
  }

  @Test func `its console is a shell that one session at a time uses`() async throws {
    let tiny = try await TinyImage()
    let status = try await pools.boot(request(tiny), store: nil, progress: progress)
    let (typed, shown) = (try FileDescriptor.pipe(), try FileDescriptor.pipe())
    let session = ConsoleSession(
      socket: try UnixSocket(folder: state.appending("tiny/tiny-1"), name: InstanceFiles.shell),
      input: typed.readEnd, output: shown.writeEnd)
    let running = Task { try await session.run() }
    try typed.writeEnd.writeAll(Array("echo $((6 * 7)) is the answer\n".utf8))
    var text: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while !String(decoding: text, as: UTF8.self).contains("42 is the answer") {
      #expect(try await Readable.wait(shown.readEnd, by: .now + .seconds(30)))
      let count = try buffer.withUnsafeMutableBytes { try shown.readEnd.read(into: $0) }
      text += buffer[..<count]
    }
    try typed.writeEnd.writeAll([ConsoleSession.escape])
    try await running.value
    for end in [typed.readEnd, typed.writeEnd, shown.readEnd, shown.writeEnd] { try end.close() }

    let lock = try PoolLock(
      state.appending("tiny/tiny-1/shell.lock"), refusal: Diagnostic(.bug, "the lock is free"))
    let error = await #expect(throws: Diagnostic.self) { try await pools.console(of: status.name) }
    #expect(try #require(error).category == .locked)
    withExtendedLifetime(lock) {}

    var lines: [String] = []
    try await pools.logs(of: "tiny-1", following: false, lines: 1) { lines.append($0) }
    #expect(lines == ["starts: 1"])
    try await pools.stop("tiny", store: nil, progress: progress)
  }

  @Test func `a guest that doesn't shut down is ended by QEMU`() async throws {
    let tiny = try await TinyImage()
    try await pools.boot(request(tiny, behaviour: "deaf"), store: nil, progress: progress)
    #expect(
      try await pools.stop("tiny", patience: .milliseconds(500), store: nil, progress: progress) == ["quit"])
  }

  @Test(arguments: [
    ("fail", "the instance 'tiny-1' did not start well: the unit app.service failed", "it broke"),
    (
      "sick", "the instance 'tiny-1' did not pass GET /healthz within 3 s: the status is 404 instead of 200",
      "Not Found"
    ),
  ])
  func `a start that fails leaves nothing running`(
    behaviour: String, message: String, note: String
  ) async throws {
    let tiny = try await TinyImage()
    let error = await #expect(throws: Diagnostic.self) {
      try await pools.boot(request(tiny, behaviour: behaviour), store: nil, progress: progress)
    }
    #expect(try #require(error).message == message)
    #expect(try #require(error).category == .checkFailed)
    #expect(try #require(error).notes.joined().contains(note))
    try await expectNothingRuns(.failed)
  }

  @Test func `a guest that takes too long is asked what it waits for`() async throws {
    let tiny = try await TinyImage()
    var request = request(tiny, behaviour: "hang")
    request.patience = .seconds(15)
    let error = await #expect(throws: Diagnostic.self) {
      try await pools.boot(request, store: nil, progress: progress)
    }
    #expect(
      try #require(error).message
        == "the instance 'tiny-1' had not started after 15 s: it waits for app.service")
    try await expectNothingRuns(.failed)
  }

  @Test(arguments: [
    (TinyImage.Fault.noStateDisk, "there is no disk 'state' among 'index'"),
    (
      .emptyIndex,
      "cannot mount the index with 0 layers (mount: mounting /dev/vda on /lower failed: Invalid argument); run 'hardtack store verify'"
    ),
    // Said before the port's driver is there.
    (
      .missingModule,
      "cannot load the module '/modules/gone.ko' (insmod: can't insert '/modules/gone.ko': No such file or directory); bake the image anew"
    ),
    (
      .unknownArgument,
      "unknown argument 'hardtack.other=1'; bake the image anew with the hardtack that boots it"
    ),
  ])
  func `an initrd that can't go on says why, and the machine ends`(
    fault: TinyImage.Fault, reason: String
  ) async throws {
    let tiny = try await TinyImage(fault)
    let error = await #expect(throws: Diagnostic.self) {
      try await pools.boot(request(tiny), store: nil, progress: progress)
    }
    #expect(try #require(error).message == "the instance 'tiny-1' did not start well: \(reason)")
    try await expectNothingRuns(.failed)
  }

  @Test func `a start that is interrupted leaves nothing running`() async throws {
    let tiny = try await TinyImage()
    let boot = Task { try await pools.boot(request(tiny, behaviour: "hang"), store: nil, progress: progress) }
    while (try? pools.pool("tiny").instances.first?.process) == nil { await Task.yield() }
    boot.cancel()
    await #expect(throws: CancellationError.self) { try await boot.value }
    try await expectNothingRuns(.failed)
  }

  private func expectNothingRuns(_ expected: PoolStatus.State) async throws {
    let status = try await pools.status(of: "tiny")
    #expect(status.state == expected)
    #expect(status.instances.allSatisfy { $0.state == .stopped })
    let folder = state.appending("tiny/tiny-1")
    let identity = try pools.pool("tiny").instances[0].identity
    #expect(InstanceStart.process(in: folder, identity: identity) == nil)
    #expect(!LogKeeper.isAtWork(in: folder))
  }
}
