import Essentials
import Glibc
import Storage
import SystemPackage
import TestSupport
import Testing

/// `hardtack store` on a small store: what a recipe fetched, and blobs that nothing needs.
@Suite struct StoreCommandTests {
  let workshop: Workshop
  let program: Program

  init() async throws {
    workshop = try await Workshop()
    program = Program(workshop)
    for command in ["lock", "fetch"] {
      let outcome = try await program.run(command, workshop.recipe.string, "--quiet")
      try #require(outcome == Program.Outcome(code: 0, output: outcome.output, error: ""))
    }
    // What 'lock' has read of package indexes it can read again.
    try #require(try await program.run("store", "gc", "--quiet").code == 0)
  }

  private func blobs() async throws -> [String] { try await listing(workshop.store.pushing("blobs/sha256")) }

  @Test func `verify reads all, and finds a flipped byte`() async throws {
    let count = try await blobs().count
    let fine = try await program.run("store", "verify")
    #expect(fine.code == 0 && fine.output.isEmpty)
    #expect(fine.error.hasSuffix("\(count) blobs read, and none is damaged\n"), "\(fine.error)")

    let largest = try Store(at: workshop.store, creating: false).blobs().max { $0.size < $1.size }
    let name = try #require(largest).digest.hexadecimal
    let blob = workshop.store.pushing("blobs/sha256").appending(name)
    var bytes = try DurableFile.read(blob)
    bytes[bytes.count / 2] ^= 1
    chmod(blob.string, 0o644)
    let file = try FileDescriptor.open(blob, .writeOnly)
    try file.closeAfter { _ = try file.writeAll(bytes) }
    let found = try await program.run("store", "verify", "--quiet", "--json")
    #expect(found.code == 4)
    #expect(
      found.error == """
        error: 1 of \(count) blobs was damaged, and is in quarantine
          sha256:\(name) (nginx-common 1.22.1-9): needed by the lockfile of RECIPE
        hint: run 'hardtack store verify --repair', which fetches again what a lockfile names; then check the disk

        """)
    #expect(found.output.contains("\"sha256:\(name)\""))
    #expect(try await !blobs().contains(name))
    // What was quarantined is fetched again.
    #expect(try await program.run("fetch", workshop.recipe.string, "--quiet").code == 0)
    #expect(try await program.run("store", "verify", "--quiet").code == 0)
  }

  @Test func `gc removes what nothing needs, and says so first where asked`() async throws {
    let store = try Store(at: workshop.store, creating: false)
    let needed = try await blobs()
    let digest = try store.publish(Array("nothing needs me".utf8))
    // This process holds what it published; the lease goes with it.
    let lease = try await listing(workshop.store.appending("leases"))
    for name in lease where !name.hasSuffix("/") {
      unlink(workshop.store.appending("leases").appending(name).string)
    }

    let dry = try await program.run("store", "gc", "--dry-run")
    #expect(dry == Program.Outcome(code: 0, output: "would remove 1 blob, 16 B\n", error: ""))
    #expect(try await blobs().contains(digest.hexadecimal))
    let json = try await program.run("store", "gc", "--dry-run", "--json")
    #expect(json.code == 0 && json.error.isEmpty)
    for text in ["\"blobs\" : 1,", "\"bytes\" : 16,", "\"dryRun\" : true"] {
      #expect(json.output.contains(text), "\(json.output)")
    }
    let done = try await program.run("store", "gc")
    #expect(done == Program.Outcome(code: 0, output: "removed 1 blob, 16 B\n", error: ""))
    #expect(try await blobs() == needed)
    #expect(try await program.run("store", "gc").output == "removed 0 blobs, 0 B\n")
  }

  @Test func `gc removes images without a name, and the trees of their layers`() async throws {
    for number in 1...3 {
      let store = try Store(at: workshop.store, creating: false)
      let layer = try store.publish(Array("layer \(number)".utf8))
      let manifest = try store.publish(Array("{\"layer\":\"\(layer)\"}".utf8))
      try store.keep(Root(.image, manifest.hexadecimal, digests: [manifest]))
      if number == 1 {
        let size = try #require(store.size(of: manifest))
        try store.tag(Tag("v1", mediaType: "x/y", digest: manifest, size: size))
      }
      let tree = workshop.store.appending("trees").appending(layer.hexadecimal)
      try DurableFile.createFolder(tree)
      try DurableFile.write([1], to: tree.appending("file"))
    }
    let dry = try await program.run("store", "gc", "--dry-run")
    #expect(dry.code == 0 && dry.error.isEmpty)
    #expect(dry.output.hasPrefix("would remove 2 images, 4 blobs, "), "\(dry.output)")
    #expect(dry.output.contains(" 2 trees, "), "\(dry.output)")
    #expect(try await program.run("store", "gc", "--keep", "2").output == "removed 0 blobs, 0 B\n")
    let one = try await program.run("store", "gc", "--keep", "1", "--json")
    for text in ["\"images\" : 1,", "\"trees\" : 1\n"] { #expect(one.output.contains(text), "\(one.output)") }
    #expect(try await program.run("store", "gc").output.hasPrefix("removed 1 image, 2 blobs, "))
    #expect(try await listing(workshop.store.appending("trees")).filter { $0.hasSuffix("/file") }.count == 1)
    #expect(try await listing(workshop.store.appending("staging")).isEmpty)
    let refusal = try await program.run("store", "gc", "--keep=-1")
    #expect(refusal.code == 64)
    #expect(
      refusal.error.hasPrefix("error: --keep takes a number of images, 0 or more\n"), "\(refusal.error)")
  }

  @Test func `stats says what each root needs`() async throws {
    let store = try Store(at: workshop.store, creating: false)
    let bytes = try store.blobs().reduce(0) { $0 + $1.size }
    let count = try await blobs().count
    let outcome = try await program.run("store", "stats")
    #expect(outcome.code == 0 && outcome.error.isEmpty)
    let lines = outcome.output.split(separator: "\n").map(String.init)
    #expect(lines.count == 3, "\(outcome.output)")
    #expect(
      lines.first
        == "\(count) blobs, \(ByteCount(bytes)); 0 B that nothing needs; 'hardtack store gc' would free 0 B")
    #expect(lines.last?.hasPrefix("lockfile  RECIPE") == true, "\(outcome.output)")
    let json = try await program.run("store", "stats", "--json")
    for text in [
      "\"blobs\" : \(count),", "\"bytes\" : \(bytes),", "\"kind\" : \"lockfile\"", "\"unreached\" : 0",
    ] {
      #expect(json.output.contains(text), "\(json.output)")
    }
  }

  @Test(arguments: ["show", "boot"])
  func `names an image that isn't there`(_ command: String) async throws {
    let outcome = try await program.run(command, "v1")
    let error = """
      error: there is no image or release 'v1' in the store
      hint: bake one: hardtack bake RECIPE --release NAME

      """
    #expect(outcome == Program.Outcome(code: 64, output: "", error: error))
    #expect(try await program.run("why", "v1", "/etc").error == error)
    #expect(try await listing(workshop.folder.path).allSatisfy { !$0.hasPrefix("state") })
  }
}
