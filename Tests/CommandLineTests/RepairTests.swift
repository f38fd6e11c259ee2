import Essentials
import Glibc
import Storage
import SystemPackage
import TestSupport
import Testing

/// `hardtack store verify --repair`, with an archive and an index at hand.
@Suite struct RepairTests {
  let workshop: Workshop
  let program: Program

  init() async throws {
    workshop = try await Workshop()
    program = Program(workshop)
    for command in ["lock", "fetch"] {
      let outcome = try await program.run(command, workshop.recipe.string, "--quiet")
      try #require(outcome.code == 0, "\(outcome.error)")
    }
  }

  /// Records a step of a bake.
  private func recordStep() throws {
    let store = try Store(at: workshop.store, creating: false)
    try store.record(ActionKey("step", version: 1), ActionResult(outputs: [:], metadata: ["a": "b"]))
  }

  private var blobs: FilePath { workshop.store.pushing("blobs/sha256") }

  private func digest(_ file: String) throws -> String {
    Digest(of: try DurableFile.read(workshop.folder.appending("served").pushing(FilePath(file)))).hexadecimal
  }

  private func flip(_ name: String, in folder: FilePath) throws {
    let path = folder.appending(name)
    var bytes = try DurableFile.read(path)
    bytes[bytes.count / 2] ^= 1
    chmod(path.string, 0o644)
    let file = try FileDescriptor.open(path, .writeOnly)
    try file.closeAfter { _ = try file.writeAll(bytes) }
  }

  private var deb: String { "archive/pool/nginx_1.22.1-9_all.deb" }
  private var wheel: String { "files/django-5.0-py3-none-any.whl" }

  @Test func `fetches again what a lockfile names`() async throws {
    try flip(try digest(deb), in: blobs)
    unlink(blobs.appending(try digest(wheel)).string)
    let told = try await program.run("store", "verify", "--quiet")
    #expect(told.code == 4)
    #expect(
      told.error.hasPrefix("error: 1 of ")
        && told.error.contains("was damaged, and is in quarantine; 2 blobs are missing\n"),
      "\(told.error)")
    #expect(told.error.contains("(nginx 1.22.1-9): needed by the lockfile of RECIPE\n"))
    #expect(told.error.contains("hint: run 'hardtack store verify --repair', which fetches"))

    let repaired = try await program.run("store", "verify", "--repair")
    #expect(repaired.code == 0)
    #expect(repaired.error.hasSuffix("2 blobs fetched again\n"), "\(repaired.error)")
    #expect(
      try await program.run("store", "verify", "--quiet") == Program.Outcome(code: 0, output: "", error: ""))
  }

  @Test func `needs neither the recipe nor its lockfile for that`() async throws {
    _ = try await Command("rm", ["-r", workshop.recipe.string]).output()
    try flip(try digest(deb), in: blobs)
    try flip(try digest(wheel), in: blobs)
    let repaired = try await program.run("store", "verify", "--repair", "--json")
    #expect(repaired.code == 0 && repaired.output.contains("\"lost\" : [\n\n  ],"), "\(repaired)")
    #expect(try await program.run("store", "verify", "--quiet").code == 0)
  }

  @Test func `takes a lost lockfile's text from beside the recipe`() async throws {
    let text = Digest(of: try DurableFile.read(workshop.recipe.appending("recipe.lock")))
    try flip(text.hexadecimal, in: blobs)
    try flip(try digest(deb), in: blobs)
    #expect(try await program.run("store", "verify", "--repair", "--quiet").code == 0)
    #expect(try Store(at: workshop.store, creating: false).contains(text))
  }

  @Test func `says what is lost, who needs it, and what brings it back`() async throws {
    let store = try Store(at: workshop.store, creating: false)
    let layer = try store.publish(Array("a layer".utf8))
    let manifest = try store.publish(Array("{\"layers\":[{\"digest\":\"\(layer)\"}]}".utf8))
    try store.keep(
      Root(
        .image, manifest.hexadecimal, digests: [manifest],
        labels: [Root.recipeLabel: "demo", Root.folderLabel: workshop.recipe.string]))
    let size = try #require(store.size(of: manifest))
    for name in ["demo", "v1"] { try store.tag(Tag(name, mediaType: "x/y", digest: manifest, size: size)) }
    let nginx = try digest(deb)
    let count = try store.blobs().count
    for name in [layer.hexadecimal, nginx, try digest(wheel)] { try flip(name, in: blobs) }
    // The archive no longer has it.
    unlink(workshop.folder.appending("served").pushing(FilePath(deb)).string)
    let said = try await program.run("store", "verify", "--repair", "--quiet")
    #expect(said.code == 4)
    let lines = [
      "  sha256:\(nginx) (nginx 1.22.1-9): needed by the lockfile of RECIPE; cannot fetch nginx 1.22.1-9: 127.0.0.1"
        + " answered 404",
      "  \(layer): needed by the image \(manifest.short) (demo) (v1)",
    ]
    let commands = ["hardtack fetch RECIPE", "hardtack bake RECIPE --release v1"]
    let isFirst = nginx < layer.hexadecimal
    #expect(
      said.error
        == ([
          "error: 3 of \(count) blobs were damaged, and are in quarantine; 2 blobs can't be fetched again"
        ] + (isFirst ? lines : lines.reversed())
        + (isFirst ? commands : commands.reversed()).map { "hint: run '\($0)'" }).map { $0 + "\n" }.joined())
  }

  @Test func `finds a damaged root and step, and fetch writes the root anew`() async throws {
    let roots = workshop.store.pushing("roots/lockfile")
    let root = try #require(try await listing(roots).first)
    try flip(root, in: roots)
    try recordStep()
    let actions = workshop.store.appending("actions")
    try flip(try #require(try await listing(actions).first), in: actions)
    let said = try await program.run("store", "verify", "--repair")
    #expect(said.code == 4)
    #expect(
      said.error.contains("error: 1 root is damaged\n  the root STORE/roots/lockfile/\(root)"),
      "\(said.error)")
    #expect(said.error.contains("hint: run 'hardtack fetch' for the recipe that it stood for;"))
    #expect(said.error.contains("1 record of bakes' steps damaged and put aside"))
    // Nothing is collected meanwhile.
    #expect(try await program.run("store", "gc").code == 4)
    #expect(try await program.run("fetch", workshop.recipe.string, "--quiet").code == 0)
    #expect(try await program.run("store", "verify", "--quiet").code == 0)
    #expect(try await program.run("store", "gc").code == 0)
  }

  @Test func `a repair may be killed at any call`() async throws {
    let names = [try digest(deb), try digest(wheel)]
    for name in names { try flip(name, in: blobs) }
    try recordStep()
    let actions = workshop.store.appending("actions")
    try flip(try #require(try await listing(actions).first), in: actions)
    let memory = try TemporaryFolder(in: "/dev/shm")
    let copy = memory.appending("copy")
    var environment = program.environment
    environment["HARDTACK_STORE"] = copy.string
    let before = try Store(at: workshop.store, creating: false).roots()
    let points = try await KillPoint.sweep(
      Program.path, ["store", "verify", "--repair", "--quiet"], environment: environment,
      store: workshop.store,
      copy: copy
    ) { number, _ in
      let store = try Store(at: copy, creating: false)
      #expect(try store.roots() == before)
      // Damaged still, or gone, or right; what is read is checked.
      for name in names {
        let digest = try #require(Digest(hexadecimal: name))
        if let bytes = try? store.read(digest) { #expect(Digest(of: bytes) == digest) }
      }
      let again = try await Command(
        Program.path.string, ["store", "verify", "--repair", "--quiet"], environment: environment
      ).run()
      #expect(again.status == 0, "after the kill at call \(number): \(again.errorText)")
      #expect(try await store.verify(Progress(style: .quiet)).isSound)
      #expect(try store.losses().isEmpty)
    }
    print("struck each of the \(points) write-side calls of a repair")
    #expect(points > 15)
  }
}
