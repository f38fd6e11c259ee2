import Essentials
import FoundationEssentials
import Glibc
import SystemPackage
import TestSupport
import Testing

/// The main job, as a team would do it: the example's recipe from the machine's own archives to a page that a
/// running machine serves.
@Suite struct FlowTests {
  @Test func `a recipe becomes a page on a running machine`() async throws {
    let flow = try await Flow()
    try await lockAndFetch(flow)
    try await copyArtifacts(flow)
    let image = try await bake(flow)
    let changed = try await changeOneLine(flow, image)
    try await bakeElsewhere(flow, expecting: changed)
    try await readWithOtherTools(flow, image)
    let os = try blob(image.layers[0].digest, flow)
    #expect(try await RootTreeComparison.differences(flow, layer: os) == "")
    try await boot(flow, image)
  }

  private func lockAndFetch(_ flow: Flow) async throws {
    let lockfile = flow.recipe.appending("recipe.lock")
    #expect(unlink(lockfile.string) == 0)
    try await flow.hardtack("lock", flow.recipe.string)
    let first = try DurableFile.read(lockfile)
    try await flow.hardtack("lock", flow.recipe.string)
    #expect(try DurableFile.read(lockfile) == first)
    try await flow.hardtack("lock", "--check", flow.recipe.string)
    try await flow.hardtack("fetch", flow.recipe.string)
    // Everything is there, so this needs no network.
    try await flow.hardtack("fetch", flow.recipe.string, isolated: true)
  }

  /// What `bakeElsewhere` begins with: the artifacts, on another kind of file system.
  private func copyArtifacts(_ flow: Flow) async throws {
    let other = flow.folder.appending("elsewhere")
    try DurableFile.createFolder(other)
    _ = try await Command("mount", ["-t", "tmpfs", "-o", "size=4g", "tmpfs", other.string]).output()
    _ = try await Command("cp", ["-a", flow.store.string, other.appending("store").string]).output()
  }

  private func bake(_ flow: Flow) async throws -> Baked {
    let text = try await flow.hardtack(
      "bake", flow.recipe.string, "--release", "v1", "--json", isolated: true)
    let image = try JSONDecoder().decode(Baked.self, from: Data(text.utf8))
    #expect(image.layers.map(\.name) == ["os", "python", "application", "configuration"])
    #expect(image.checksRun == 1)
    let again = try await flow.json(Baked.self, "bake", flow.recipe.string)
    #expect(again.image == image.image)
    #expect(again.checksRun == 0 && !again.layers.contains { $0.new })
    return image
  }

  /// In another store on another file system, under another host name, time zone, locale and umask; from nothing, whereas what
  /// didn't change of `image` was found made.
  private func bakeElsewhere(_ flow: Flow, expecting image: Baked) async throws {
    let other = flow.folder.appending("elsewhere")
    let script = "umask 077; hostname elsewhere; exec \"$@\""
    var environment = flow.environment
    environment["TZ"] = "Pacific/Kiritimati"
    environment["LANG"] = "tr_TR.UTF-8"
    let result = await Result {
      try await Command(
        "unshare",
        [
          "--uts", "--net", "sh", "-c", script, "sh", BuiltProgram.path("hardtack").string, "bake",
          flow.recipe.string,
          "--store", other.appending("store").string,
        ], environment: environment
      ).output()
    }
    _ = try await Command("umount", ["--lazy", other.string]).output()
    #expect(String(decoding: try result.get(), as: UTF8.self) == image.image + "\n")
  }

  private func changeOneLine(_ flow: Flow, _ image: Baked) async throws -> Baked {
    let views = flow.recipe.appending("app/logbook/views.py")
    let before = try await blobs(flow)
    try DurableFile.write(try DurableFile.read(views) + Array("# one more line\n".utf8), to: views)
    let changed = try await flow.json(Baked.self, "bake", flow.recipe.string)
    #expect(changed.image != image.image && changed.index != image.index)
    #expect(changed.layers.filter(\.new).map(\.name) == ["application"])
    // The test suite sees the views.
    #expect(changed.checksRun == 1)
    let written = try await blobs(flow).filter { before[$0.key] == nil }
    #expect(written.values.reduce(0, +) < 20 << 20)
    return changed
  }

  /// All blobs of the store with their sizes in bytes.
  private func blobs(_ flow: Flow) async throws -> [String: Int] {
    let folder = flow.store.pushing("blobs/sha256").string
    let listing = try await Command("find", [folder, "-type", "f", "-printf", "%f %s\\n"]).output()
    let lines = String(decoding: listing, as: UTF8.self).split(separator: "\n").map {
      $0.split(separator: " ")
    }
    return Dictionary(uniqueKeysWithValues: lines.map { (String($0[0]), Int($0[1]) ?? 0) })
  }

  /// The tree that umoci unpacks is the one that the kernel mounts.
  private func readWithOtherTools(_ flow: Flow, _ image: Baked) async throws {
    let reference = "oci:\(flow.store):v1"
    let inspected = try await Command("skopeo", ["inspect", reference]).output()
    #expect(String(decoding: inspected, as: UTF8.self).contains(image.layers[0].digest))
    let bundle = flow.folder.appending("bundle")
    _ = try await Command("umoci", ["unpack", "--image", "\(flow.store):v1", bundle.string]).output()
    let mounted = try await withMounted(
      try blob(image.index, flow), layers: try image.layers.map { try blob($0.digest, flow) },
      at: flow.folder.appending("mount")
    ) { try await show($0) }
    let unpacked = try await show(bundle.appending("rootfs"))
    #expect(mounted.count > 15_000)
    let differences = Set(mounted).symmetricDifference(unpacked).sorted()
    #expect(differences == [])
  }

  /// Where the store keeps what has this digest.
  private func blob(_ digest: String, _ flow: Flow) throws -> FilePath {
    flow.store.pushing("blobs/sha256").appending(String(try #require(digest.split(separator: ":").last)))
  }

  private func boot(_ flow: Flow, _ image: Baked) async throws {
    let secrets = flow.folder.appending("secrets.env")
    try DurableFile.write(
      Array("django_secret_key=a-key-that-protects-nothing-but-a-test-0123456789\n".utf8), to: secrets)
    try await flow.hardtack(
      "boot", "v1", "--name", "flow", "--secrets", "file:\(secrets)", "--patience", "900")
    let result = await Result { try await lookAround(flow, image) }
    try await flow.hardtack("stop", "flow", "--remove")
    try result.get()
    #expect(try await flow.json([Pool].self, "pools").isEmpty)
  }

  private func lookAround(_ flow: Flow, _ image: Baked) async throws {
    let pool = try #require(try await flow.json([Pool].self, "pools").first)
    let instance = try #require(pool.instances.first)
    #expect(pool.name == "flow" && instance.state == "running" && instance.healthy == true)
    let port = try #require(instance.forwards.first?.host)
    let health = try await flow.page(port, "/healthz/")
    for part in [
      #""status": "ok""#, #""release": "v1""#, #""role": "test""#, #""instance": "flow-1""#, image.image,
    ] {
      #expect(health.contains(part))
    }
    #expect(try await flow.page(port, "/").contains("<title>"))

    let state = try await flow.shell(
      instance.name, "systemctl is-system-running; systemctl --failed --no-legend --plain | cat")
    #expect(state == "running\n")
    let routes = try await flow.shell(instance.name, "ip -o route | cat; ip -o -6 route show default | cat")
    #expect(routes.hasPrefix("10.0.2.0/24 dev eth0 "))
    #expect(routes.split(separator: "\n").count == 1)
    let timers = try await flow.shell(
      instance.name, "systemctl list-timers --all --no-legend | cat; ls /var/lib/apt/lists")
    #expect(timers.contains("systemd-tmpfiles-clean.timer"))
    #expect(!timers.contains("apt") && !timers.contains("dpkg") && !timers.contains("pip"))
  }
}

extension Result where Failure == any Error {
  fileprivate init(catching body: () async throws -> Success) async {
    do { self = .success(try await body()) } catch { self = .failure(error) }
  }
}
