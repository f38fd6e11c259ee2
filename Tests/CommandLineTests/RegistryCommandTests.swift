import Essentials
import Glibc
import Images
import Storage
import SystemPackage
import TestSupport
import Testing

/// `hardtack push` and `hardtack pull`, as a person would run them.
@Suite struct RegistryCommandTests {
  let folder: TemporaryFolder
  var program: Program

  init() throws {
    folder = try TemporaryFolder()
    program = Program(folder)
    program.environment["HARDTACK_STORE"] = folder.appending("store").string
  }

  /// Stores an image as good as none, whose index, kernel and initrd are the same bytes, and names it.
  private func publish() throws -> Digest {
    let store = try Store(at: folder.appending("store"), creating: true)
    let blob = Descriptor(
      mediaType: MediaType.index, digest: try store.publish(Array("index".utf8)), size: 5)
    var kernel = blob
    kernel.mediaType = MediaType.kernel
    var initrd = blob
    initrd.mediaType = MediaType.initrd
    let layer = Descriptor(
      layer: "os", digest: try store.publish([UInt8](repeating: 7, count: 5000)), size: 5000)
    let configuration = ImageConfiguration(
      architecture: .amd64, config: .init(env: [], cmd: []), rootfs: .init(diffIDs: [layer.digest]),
      machine: Machine(
        recipe: "demo", lockfile: try store.publish(Array("{}".utf8)), index: blob, kernel: kernel,
        initrd: initrd,
        commandLine: "", services: [], secrets: [], state: [], sanity: []))
    let image = try store.publish(
      ImageManifest(
        config: try store.publish(configuration, as: MediaType.imageConfiguration), layers: [layer]),
      as: MediaType.imageManifest)
    try store.keep(Root(.image, image.digest.hexadecimal, digests: [image.digest]))
    try store.tag(Tag("v1", mediaType: image.mediaType, digest: image.digest, size: image.size))
    return image.digest
  }

  private func into(_ store: String) -> Program {
    var other = program
    other.environment["HARDTACK_STORE"] = folder.appending(store).string
    return other
  }

  @Test func `an image goes there and comes back`() async throws {
    let registry = try await Registry()
    let digest = try publish()
    let place = "\(registry.host)/demo:v1"
    let pushed = try await program.run("push", "v1", place)
    #expect(pushed.code == 0 && pushed.output.hasPrefix("\(registry.host)/demo@sha256:"), "\(pushed.error)")
    #expect(pushed.error.contains("pushed 6 blobs, "), "\(pushed.error)")
    let again = try await program.run("push", "v1", place, "--json", "--quiet")
    #expect(again.output.contains("\"pushed\" : 0") && again.output.contains("\"image\" : \"\(digest)\""))
    let pulled = try await into("other").run("pull", place, "--name", "candidate")
    #expect(pulled.code == 0 && pulled.output == "\(digest)\n", "\(pulled.error)")
    #expect(pulled.error.contains("pulled \(place) as 'candidate' in "))
    let shown = try await into("other").run("pull", place, "--json", "--quiet")
    #expect(shown.output.contains("\"release\" : \"v1\"") && shown.error.isEmpty)
  }

  @Test func `a password comes from Docker's configuration or from a helper`() async throws {
    let registry = try await Registry(asksForPassword: true)
    _ = try publish()
    let place = "\(registry.host)/demo:v1"
    let refused = try await program.run("push", "v1", place)
    #expect(refused.code == 1 && refused.error.contains("answered 401"), "\(refused.error)")
    #expect(refused.error.contains("hint: log in: docker login \(registry.host)"))

    let home = folder.appending("home").appending(".docker")
    try DurableFile.createFolder(home)
    try DurableFile.write(
      Array(#"{"auths": {"\#(registry.host)": {"auth": "c29tZW9uZTpwYXNzOndvcmQ="}}}"#.utf8),
      to: home.appending("config.json"))
    #expect(try await program.run("push", "v1", place, "--quiet").code == 0)

    let helper = folder.appending("bin").appending("docker-credential-test")
    try DurableFile.createFolder(folder.appending("bin"))
    try DurableFile.write(
      Array(
        #"""
        #!/bin/sh
        [ "$1" = get ] && [ "$(cat)" = \#(registry.host) ] || exit 1
        echo '{"ServerURL": "x", "Username": "someone", "Secret": "pass:word"}'
        """#.utf8), to: helper, mode: [.ownerReadWriteExecute])
    try DurableFile.write(Array(#"{"credsStore": "test"}"#.utf8), to: folder.appending("config.json"))
    var other = into("other")
    other.environment["DOCKER_CONFIG"] = folder.path.string
    other.environment["PATH"] = folder.appending("bin").string + ":" + (program.environment["PATH"] ?? "")
    let pulled = try await other.run("pull", place, "--quiet")
    #expect(pulled.code == 0, "\(pulled.error)")
  }

  @Test func `https is spoken, and whom to trust can be said`() async throws {
    let registry = try await Registry(isEncrypted: true)
    _ = try publish()
    let place = "\(registry.host)/demo:v1"
    let refused = try await program.run("push", "v1", place)
    #expect(refused.code == 4 && refused.error.contains("can't be trusted"), "\(refused.error)")
    #expect(refused.error.contains("SSL_CERT_FILE"))
    var trusting = program
    trusting.environment["SSL_CERT_FILE"] = registry.certificate.string
    let pushed = try await trusting.run("push", "v1", place, "--quiet")
    #expect(pushed.code == 0, "\(pushed.error)")
  }

  @Test func `what can't be is said`() async throws {
    _ = try publish()
    let registry = try await Registry()
    for (arguments, code, text) in [
      (["push", "v1", "demo"], 64, "it names no registry"), (["push", "v2", "localhost/a:v1"], 64, "'v1'"),
      (["push", "v1", "localhost:9/a:v1"], 5, "cannot reach localhost"),
      (["push", "v1", "no-such-host.invalid/a:v1"], 5, "resolve host"),
      (["push", "v1", "\(registry.host)/a@\(Digest(of: ""))"], 64, "to a tag"),
      (["pull", "\(registry.host)/none:v1"], 1, "there is no \(registry.host)/none:v1"),
      (["pull", "\(registry.host)/none:_"], 64, "--name NAME"),
    ] as [([String], Int32, String)] {
      let outcome = try await program.run(arguments)
      #expect(outcome.code == code && outcome.error.contains(text), "\(arguments): \(outcome.error)")
    }
  }

  @Test(arguments: [20, 60, 120, 200, 400])
  func `a push or pull that is killed is done again`(milliseconds: Int) async throws {
    let registry = try await Registry()
    let digest = try publish()
    let place = "\(registry.host)/demo:v1"
    for (name, arguments) in [("store", ["push", "v1", place]), ("other", ["pull", place])] {
      let log = folder.appending("log")
      let process = try ChildProcess(
        Program.path.string, arguments, environment: into(name).environment, error: log)
      usleep(UInt32(milliseconds) * 1000)
      process.kill()
      let again = try await into(name).run(arguments)
      #expect(again.code == 0, "\(again.error)")
      #expect(try await into(name).run("store", "verify", "--quiet").code == 0)
    }
    #expect(try Store(at: folder.appending("other"), creating: false).resolve("v1")?.digest == digest)
  }
}
