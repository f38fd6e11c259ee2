import Essentials
import Images
import SystemPackage
import TestSupport
import Testing

@testable import Pools

extension MachineTests {
  /// Orders that the guest's own script carries out.
  @Suite(.serialized) struct UnitOrderTests {
    private let state: TemporaryFolder
    private let aftermath: Aftermath
    private let pools: PoolStore
    private let migrate = "app-migrate.service"

    init() throws {
      state = try TemporaryFolder()
      aftermath = try Aftermath(endingMachinesIn: state.path, of: state)
      pools = PoolStore(folder: state.path)
    }

    private func refusal(_ order: UnitOrder, patience: Duration = .seconds(60)) async throws -> Diagnostic {
      let error = await #expect(throws: Diagnostic.self) {
        try await pools.order(order, instance: "tiny-1", patience: patience)
      }
      return try #require(error)
    }

    @Test func `are answered with how the unit did, one at a time`() async throws {
      let tiny = try await TinyImage()
      try await pools.boot(.tiny(tiny), store: nil, progress: Progress(style: .quiet))
      let shell = try GuestShell(state.appending("tiny/tiny-1"))
      try await pools.order(.start(migrate), instance: "tiny", patience: .seconds(60))
      try await pools.order(.stop("app-standby.service"), instance: "tiny-1", patience: .seconds(60))
      #expect(try await shell.run("$b cat /srv/orders") == "start \(migrate)stop app-standby.service")

      _ = try await shell.run("$b touch /tmp/broken")
      let broken = try await refusal(.start(migrate))
      #expect(broken.category == .checkFailed)
      #expect(
        broken.message
          == "the instance 'tiny-1' could not start \(migrate): exit-code, exit code 7, now failed")
      #expect(
        broken.notes == [
          "  | Job for \(migrate) failed.\n  | See \"journalctl\".\n  | table \"a\\b\" is locked\n  |   by [31mnobody"
        ])

      // Half way through one, the guest answers what else it's asked.
      _ = try await shell.run("$b rm /tmp/broken; $b touch /tmp/slow; $b rm /srv/orders")
      let slow = Task { try await refusal(.start(migrate), patience: .seconds(120)) }
      while try await shell.run("$b cat /srv/orders") != "start \(migrate)" {}
      let busy = try await refusal(.start(migrate))
      #expect(busy.category == .locked)
      #expect(
        busy.message
          == "the instance 'tiny-1' refused to start \(migrate): another order is carried out: start \(migrate)"
      )
      let late = try await refusal(.stop("app-standby.service"), patience: .seconds(60))
      #expect(late.category == .locked)
      try await pools.order(.stop(migrate), instance: "tiny-1", patience: .seconds(60))
      #expect(try await slow.value.notes.first?.contains("Job for \(migrate) canceled.") == true)
      try await pools.order(.start(migrate), instance: "tiny-1", patience: .seconds(60))

      _ = try await shell.run("$b touch /tmp/slow")
      let unfinished = try await refusal(.start(migrate), patience: .milliseconds(300))
      #expect(
        unfinished.message.hasPrefix("the instance 'tiny-1' had not finished to start \(migrate) after"))

      let unlisted = try await refusal(.start("ssh.service"))
      #expect(unlisted.category == .usage)
      #expect(unlisted.hints == ["it lists app-migrate.service, app-standby.service"])
      // The guest goes by its own list, whatever the host believes.
      var record = try pools.pool("tiny")
      record.swap?.standby = "ssh.service"
      try pools.write(record)
      #expect(
        try await refusal(.start("ssh.service")).message
          == "the instance 'tiny-1' refused to start ssh.service: the image doesn't list this unit for orders"
      )

      try await pools.stop("tiny", patience: .seconds(20), store: nil, progress: Progress(style: .quiet))
      #expect(
        try await refusal(.start(migrate)).message
          == "cannot start \(migrate): the instance 'tiny-1' isn't running")
    }

    @Test func `begin with standby where that is asked for`() async throws {
      let tiny = try await TinyImage()
      var request = BootRequest.tiny(tiny)
      request.standby = true
      try await pools.boot(request, store: nil, progress: Progress(style: .quiet))
      let shell = try GuestShell(state.appending("tiny/tiny-1"))
      #expect(try await shell.run("$b cat /proc/cmdline").hasSuffix(" systemd.wants=app-standby.service"))
      try await pools.stop("tiny", patience: .zero, store: nil, progress: Progress(style: .quiet))

      request.image.machine.swap?.standby = nil
      let error = await #expect(throws: Diagnostic.self) {
        try await pools.boot(request, store: nil, progress: Progress(style: .quiet))
      }
      #expect(error?.message == "the image of 'tiny' has no unit of standby")
    }
  }
}
