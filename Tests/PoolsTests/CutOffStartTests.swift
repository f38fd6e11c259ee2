import Essentials
import Glibc
import Images
import Storage
import SystemPackage
import TestSupport
import Testing

@testable import Pools

extension MachineTests {
  /// `hardtack boot`, ended while its machine starts.
  @Suite(.serialized) struct CutOffStartTests {
    private let folder: TemporaryFolder
    private let aftermath: Aftermath
    private let environment: [String: String]
    private let pools: PoolStore

    init() async throws {
      folder = try TemporaryFolder()
      let state = folder.appending("state")
      aftermath = try Aftermath(endingMachinesIn: state, of: folder)
      pools = PoolStore(folder: state)
      environment = [
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": folder.path.string, "HARDTACK_STATE": state.string,
        "HARDTACK_STORE": folder.appending("store").string, "behaviour": "hang", "key": "none",
      ]
      try Self.publish(try await TinyImage(), in: folder.appending("store"))
    }

    private static func publish(_ tiny: TinyImage, in folder: FilePath) throws {
      let store = try Store(at: folder, creating: true)
      func blob(_ path: FilePath, _ mediaType: String) throws -> Descriptor {
        let bytes = try DurableFile.read(path, limit: 1 << 30)
        return Descriptor(mediaType: mediaType, digest: try store.publish(bytes), size: Int64(bytes.count))
      }
      var machine = tiny.image.machine
      machine.kernel = try blob(tiny.image.kernel, MediaType.kernel)
      machine.initrd = try blob(tiny.image.initrd, MediaType.initrd)
      machine.index = try blob(tiny.image.index, MediaType.index)
      let configuration = ImageConfiguration(
        architecture: .host, config: .init(env: [], cmd: []), rootfs: .init(diffIDs: []), machine: machine)
      let manifest = ImageManifest(
        config: try store.publish(configuration, as: MediaType.imageConfiguration), layers: [])
      let image = try store.publish(manifest, as: MediaType.imageManifest)
      try store.tag(Tag("v1", mediaType: image.mediaType, digest: image.digest, size: image.size))
    }

    private func run(_ arguments: String..., behaviour: String = "hang") async throws -> Command.Result {
      var environment = environment
      environment["behaviour"] = behaviour
      return try await Command(
        BuiltProgram.path("hardtack").string, arguments, environment: environment
      ).run()
    }

    private static let boot = [
      "boot", "v1", "--memory", "256", "--secrets", "env", "--state-size", "16", "--quiet",
    ]

    /// Begins to start a pool or more of its machines, waits until the machine `name` runs, and sends `signal`.
    private func end(
      by signal: Int32, _ arguments: [String] = boot, name: String = "tiny-1"
    ) async throws -> (code: Int32, said: String, machine: ProcessIdentity?) {
      let error = folder.appending("error")
      let boot = try ChildProcess(
        BuiltProgram.path("hardtack").string, arguments, environment: environment, error: error)
      var machine: ProcessIdentity?
      let deadline = ContinuousClock.now + .seconds(120)
      while machine == nil, ContinuousClock.now < deadline {
        try await Task.sleep(for: .milliseconds(20))
        machine = try? pools.pool("tiny").instances.first { $0.name == name }?.process
      }
      let code = boot.end(by: signal)
      return (code, String(decoding: try DurableFile.read(error), as: UTF8.self), machine)
    }

    @Test func `a killed growth leaves the pool at work and forgets no machine`() async throws {
      let booted = try await run(
        "boot", "v1", "--memory", "256", "--secrets", "env", "--state-size", "16", behaviour: "well")
      #expect(booted.status == 0, "\(booted.errorText)")
      let killed = try await end(by: SIGKILL, ["grow", "tiny", "--secrets", "env"], name: "tiny-2")
      #expect(killed.code == 128 + SIGKILL, "\(killed.said)")
      let machine = try #require(killed.machine)
      #expect(machine.isAlive)
      let pools = try await run("pools")
      #expect(pools.outputText.contains("tiny-1    running  healthy"), "\(pools.outputText)")
      #expect(pools.outputText.contains("tiny-2    running"), "\(pools.outputText)")
      #expect(
        pools.errorText == "tiny-2: the command that started it was killed before it was ready\n")
      let stop = try await run("stop", "tiny-2", "--patience", "0", "--quiet")
      #expect(stop.status == 0, "\(stop.errorText)")
      #expect(!machine.isAlive)
      let grown = try await run("grow", "tiny", "--secrets", "env", behaviour: "well")
      #expect(grown.outputText.contains("tiny-2    running"), "\(grown.errorText)")
      let like = try await run(
        "boot", "--from", "tiny", "--name", "other", "--count", "1", "--secrets", "env", "--json",
        behaviour: "well")
      #expect(like.outputText.contains("\"release\" : \"v1\""), "\(like.errorText)")
      #expect(try self.pools.pool("other").settings == self.pools.pool("tiny").settings)
      for name in ["tiny", "other"] {
        #expect(try await run("stop", name, "--patience", "0", "--quiet", "--remove").status == 0)
      }
    }

    @Test func `Ctrl-C leaves nothing running, and what a killed boot leaves can be stopped`() async throws {
      let interrupted = try await end(by: SIGINT)
      #expect(interrupted.code == 130, "\(interrupted.said)")
      #expect(try !#require(interrupted.machine).isAlive)
      #expect(!LogKeeper.isAtWork(in: folder.appending("state/tiny/tiny-1")))
      let after = try await run("pools")
      #expect(after.outputText.contains("tiny-1    stopped"), "\(after.outputText)")
      #expect(after.errorText == "tiny: the start was interrupted\n")

      let killed = try await end(by: SIGKILL)
      #expect(killed.code == 128 + SIGKILL, "\(killed.said)")
      #expect(try #require(killed.machine).isAlive)
      let pools = try await run("pools")
      #expect(pools.outputText.contains("tiny-1    running"), "\(pools.outputText)")
      #expect(
        pools.errorText.hasPrefix("tiny: the command that started it was killed before it was ready\n"),
        "\(pools.errorText)")
      let again = try await run("boot", "v1", "--secrets", "env", "--memory", "256")
      #expect(again.status == 64)
      #expect(
        again.errorText.contains("the pool 'tiny' is running with 1 of 1 instances"), "\(again.errorText)")
      let stop = try await run("stop", "tiny", "--patience", "1", "--quiet", "--remove")
      #expect(stop.status == 0, "\(stop.errorText)")
      #expect(try !#require(killed.machine).isAlive)
      #expect(try await run("pools").outputText.isEmpty)
    }
  }
}
