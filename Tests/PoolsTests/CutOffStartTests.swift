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
      aftermath = try Aftermath(endingMachinesIn: state, removing: folder.path)
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

    private func run(_ arguments: String...) async throws -> Command.Result {
      try await Command(BuiltProgram.path("hardtack").string, arguments, environment: environment).run()
    }

    /// Begins to start the pool, waits until its machine runs, and sends `signal`.
    private func end(by signal: Int32) async throws -> (code: Int32, said: String, machine: ProcessIdentity?)
    {
      let error = folder.appending("error")
      let boot = try ChildProcess(
        BuiltProgram.path("hardtack").string,
        ["boot", "v1", "--memory", "256", "--secrets", "env", "--state-size", "16", "--quiet"],
        environment: environment, error: error)
      var machine: ProcessIdentity?
      let deadline = ContinuousClock.now + .seconds(120)
      while machine == nil, ContinuousClock.now < deadline {
        try await Task.sleep(for: .milliseconds(20))
        machine = try? pools.pool("tiny").instances.first?.process
      }
      let code = boot.end(by: signal)
      return (code, String(decoding: try DurableFile.read(error), as: UTF8.self), machine)
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
