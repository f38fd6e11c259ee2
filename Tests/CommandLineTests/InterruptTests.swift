import Essentials
import Glibc
import SystemPackage
import TestSupport
import Testing

/// Ctrl-C while a server keeps the program waiting.
@Suite struct InterruptTests {
  let workshop: Workshop
  let program: Program

  private static let message =
    "interrupted: what was finished is kept, and the same command goes on from there\n"

  init() async throws {
    workshop = try await Workshop()
    program = Program(workshop)
  }

  /// Interrupts `command` when half of the file at `path` is there, and gives what it said.
  private func interrupt(_ command: String, at path: String, by signal: Int32 = SIGINT) throws -> String {
    try workshop.server.set([path: .slow])
    let error = workshop.folder.appending("error")
    let process = try program.start(command, workshop.recipe.string, "--quiet", error: error)
    #expect(try workshop.server.nextHalf() == path)
    #expect(process.end(by: signal) == 130)
    try workshop.server.set([:])
    return String(decoding: try DurableFile.read(error), as: UTF8.self)
  }

  @Test(arguments: [
    "/archive/dists/harbour/InRelease", "/archive/dists/harbour/main/binary-amd64/Packages",
    "/simple/django/",
  ])
  func `ends a lock with 130 and leaves no lockfile`(_ path: String) async throws {
    #expect(try interrupt("lock", at: path) == Self.message)
    #expect(try await listing(workshop.recipe) == ["recipe.yaml"])
    #expect(try await program.run("lock", workshop.recipe.string, "--quiet").code == 0)
    #expect(try await listing(workshop.recipe) == ["recipe.lock", "recipe.yaml"])
  }

  @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
  func `ends a fetch with 130, and the next goes on`(_ signal: Int32) async throws {
    try #require(try await program.run("lock", workshop.recipe.string, "--quiet").code == 0)
    let big = "/archive/pool/nginx-common_1.22.1-9_all.deb"
    #expect(try interrupt("fetch", at: big, by: signal) == Self.message)
    let digest = Digest(
      of: try DurableFile.read(workshop.archive.root.pushing("pool/nginx-common_1.22.1-9_all.deb")))
    let blobs = workshop.store.pushing("blobs/sha256")
    #expect(try await !listing(blobs).contains(digest.hexadecimal))
    #expect(try await program.run("fetch", workshop.recipe.string, "--quiet").code == 0)
    #expect(try await listing(blobs).contains(digest.hexadecimal))
    #expect(try await listing(workshop.store.appending("ingest")).isEmpty)
    // It asked for the rest alone.
    let last = workshop.server.log.last { $0.hasPrefix(big) }
    #expect(last?.hasPrefix(big + " bytes=1") == true, "\(last ?? "")")
  }
}
