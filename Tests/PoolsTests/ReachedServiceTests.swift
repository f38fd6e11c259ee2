import Essentials
import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import Pools

extension MachineTests {
  /// What a guest reaches of its host.
  @Suite(.serialized) struct ReachedServiceTests {
    private let state: TemporaryFolder
    private let aftermath: Aftermath
    private let pools: PoolStore

    init() throws {
      // Every character that a shell or QEMU takes for its own.
      state = try TemporaryFolder()
      let folder = state.appending("it's, a $state")
      try DurableFile.createFolder(folder)
      aftermath = try Aftermath(endingMachinesIn: folder, of: state)
      var pools = PoolStore(folder: folder)
      pools.relay = BuiltProgram.path("hardtack-relay")
      self.pools = pools
    }

    /// Sends back how many bytes came, and as many again; says its port and waits for its end.
    private static let service = #"""
      import socket, sys, threading
      server = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=128)
      print(server.getsockname()[1], flush=True)
      def serve(connection):
          count = 0
          while piece := connection.recv(1 << 16):
              count += len(piece)
          connection.sendall(b"%d\n" % count + b"x" * count)
          connection.close()
      while True:
          threading.Thread(target=serve, args=(server.accept()[0],), daemon=True).start()
      """#

    private static func serve(_ port: String = "0") throws -> (ChildProcess, String) {
      let process = try ChildProcess("python3", ["-c", service, port])
      return (process, try process.readLine())
    }

    @Test func `is the named service and nothing else, whatever it does meanwhile`() async throws {
      let tiny = try await TinyImage()
      let (service, port) = try Self.serve()
      let (other, otherPort) = try Self.serve()
      var request = BootRequest.tiny(tiny)
      request.reach = [try Reach(parsing: "sink:5432=127.0.0.1:\(port)")]
      let status = try await pools.boot(request, store: nil, progress: Progress(style: .quiet))
      #expect(status.reach == request.reach)
      let folder = pools.folder.appending("tiny/tiny-1")
      let shell = try GuestShell(folder)
      #expect(
        try await shell.run("$b cat \(GuestShell.credentials)/hardtack.reach/raw") == "sink=10.0.2.100:5432")

      let many = "$b head -c 1000 /dev/zero | $b nc 10.0.2.100 5432 | $b wc -c"
      #expect(try await shell.run(many) == "1005")
      let megabytes = "$b head -c 4000000 /dev/zero | $b nc 10.0.2.100 5432 | $b wc -c"
      #expect(try await shell.run(megabytes) == "4000008")
      // All at once, and none waits for another.
      let hundred = """
        for i in $($b seq 100); do { $b sleep 3; $b echo $i; } | $b nc 10.0.2.100 5432 >/tmp/$i & done; wait; \
        $b grep -lx '[234]' /tmp/* | $b wc -l
        """
      #expect(try await shell.run(hundred) == "100")
      for address in [
        "10.0.2.100 \(otherPort)", "10.0.2.2 \(otherPort)", "10.0.2.2 \(port)", "127.0.0.1 \(port)",
      ] {
        let outcome = try await shell.run("$b echo | $b nc -w 2 \(address) >/dev/null 2>&1; $b echo $?")
        #expect(outcome == "1", "\(address)")
      }

      // A service that isn't there resets; when it's back it's found again.
      service.kill()
      #expect(try await shell.run("$b echo | $b nc 10.0.2.100 5432 2>/dev/null") == "")
      let (again, samePort) = try Self.serve(port)
      #expect(samePort == port)
      #expect(try await shell.run(many) == "1005")

      // A connection that stands ends with its machine, and nothing is left of what carried it.
      try await shell.begin("$b sleep 1000 | $b nc 10.0.2.100 5432 &")
      let relay = folder.appending(InstanceFiles.relay).string
      try await Self.eventually { try await Self.relays(relay).count == 1 }
      try await pools.stop("tiny", patience: .zero, store: nil, progress: Progress(style: .quiet))
      try await Self.eventually { try await Self.relays(relay).isEmpty }
      #expect(access(relay, F_OK) != 0)
      withExtendedLifetime((again, other)) {}
    }

    /// The lines of processes that run `program`, dead ones that nobody has looked after among them.
    private static func relays(_ program: String) async throws -> [Substring] {
      let lines = try await Command("ps", ["-eo", "pid,stat,args"]).run().outputText.split(separator: "\n")
      return lines.filter { $0.contains(program) || $0.contains("[relay]") }
    }

    private static func eventually(_ condition: () async throws -> Bool) async throws {
      let deadline = ContinuousClock.now + .seconds(20)
      while try await !condition() {
        #expect(ContinuousClock.now < deadline)
        guard ContinuousClock.now < deadline else { return }
        try await Task.sleep(for: .milliseconds(50))
      }
    }
  }
}
