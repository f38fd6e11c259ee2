import Essentials
import Locking
import SystemPackage
import TestSupport
import Testing

/// What a person reads where a lock is refused, word by word.
@Suite struct RefusalTextTests {
  let bench: LockingBench
  var workshop: Workshop { bench.workshop }

  init() async throws { bench = try await LockingBench() }

  enum Trouble: String, CaseIterable {
    case conflict, missingPackage, misspeltPackage, missingVersion, missingWheel
    case unreachable, noSuite, wrongKey, tampered, unsigned, expired, wrongIndex, truncatedIndex, missingIndex
  }

  private func make(_ trouble: Trouble) async throws -> [String: String] {
    let release = "/archive/dists/harbour/InRelease"
    func publish(_ fault: DebianArchive.Fault) async throws {
      try await workshop.archive.publish(Workshop.codename, Workshop.packages, fault: fault)
    }
    func ask(_ packages: String, _ wheel: String = "django") throws {
      try workshop.write(
        Workshop.recipeText.replacing("[nginx,", with: "[\(packages),").replacing(
          "[django]", with: "[\(wheel)]"))
    }
    switch trouble {
    case .conflict:
      try await workshop.archive.publish(
        Workshop.codename,
        Workshop.packages + [
          .init("apache2", "2.4-1", "Depends: httpd-tools"),
          .init("httpd-tools", "1", "Conflicts: nginx-common"),
        ])
      try ask("nginx, apache2")
    case .missingPackage: try ask("postgresql")
    case .misspeltPackage: try ask("ngnix")
    case .missingVersion: try ask("nginx (>= 1.30)")
    case .missingWheel: try ask("nginx", "djngo")
    case .unreachable: return ["HARDTACK_DEBIAN_MIRROR": "http://127.0.0.1:9/archive"]
    case .noSuite: try workshop.server.set([release: .absent])
    case .wrongKey: try await publish(.unknownKey)
    case .tampered: try await publish(.tampered)
    case .unsigned: try await publish(.unsigned)
    case .expired:
      try await workshop.archive.publish(
        Workshop.codename, Workshop.packages, validUntil: DebianArchive.date + 86_400)
    case .wrongIndex: try await publish(.wrongIndex)
    case .truncatedIndex: try await publish(.truncatedIndex)
    case .missingIndex:
      try workshop.server.set(["/archive/dists/harbour/main/binary-amd64/Packages": .absent])
    }
    return [:]
  }

  /// What differs from run to run taken out.
  private func plain(_ text: String) -> String {
    text.replacing(workshop.folder.path.string, with: "FOLDER")
      .replacing(workshop.server.address, with: "SERVER")
      .replacing(/sha256:[0-9a-f]{64}/, with: "DIGEST").replacing(/[0-9A-F]{16,40}/, with: "KEY")
      .replacing(/after [0-9]+ ms/, with: "after N ms").replacing(
        /expired [0-9]+ days/, with: "expired N days"
      )
      .replacing(/\n  \| gpgv: [^\n]*/, with: "")
  }

  @Test(arguments: Trouble.allCases)
  func `says what is wrong, where, and what to do`(_ trouble: Trouble) async throws {
    let changes = try await make(trouble)
    let refusal = try #require(try await bench.fault { _ = try await bench.lock(changes: changes) })
    #expect(plain(refusal.description) == Self.texts[trouble])
  }

  private static let texts: [Trouble: String] = [
    .conflict: """
    'nginx' and 'apache2' cannot be installed together
      nginx is requested
      apache2 is requested
      nginx 1.22.1-9 depends on nginx-common (>= 1.22)
      apache2 2.4-1 depends on httpd-tools
      httpd-tools 1 conflicts with nginx-common
    hint: leave one of them out, or ask for another version or alternative
    """,
    .missingPackage: """
    FOLDER/recipe/recipe.yaml:3:12: no archive has a package 'postgresql'
    hint: check the name, or add an archive that has it
    """,
    .misspeltPackage: """
    FOLDER/recipe/recipe.yaml:3:12: no archive has a package 'ngnix'
    hint: did you mean 'nginx'?
    """,
    .missingVersion: """
    FOLDER/recipe/recipe.yaml:3:12: no archive offers 'nginx (>= 1.30)'
      nginx 1.22.1-9 is in harbour
    hint: ask for a version that is there, or add an archive that has it
    """,
    .missingWheel: """
    FOLDER/recipe/recipe.yaml:4: the index has no project 'djngo'
    Because FOLDER/recipe/recipe.yaml:4 asks for djngo, and the index has no project of that name, the requirements have no solution.
    hint: check the spelling of 'djngo', or set pip up with the index that has it
    """,
    .unreachable: """
    HARDTACK_DEBIAN_MIRROR: the Release file of harbour can't be read: cannot reach 127.0.0.1: failed to connect to 127.0.0.1 port 9 after N ms: Couldn't connect to server
    hint: check the network and the proxy settings (http_proxy, https_proxy, no_proxy); what was done so far is kept, and the next run goes on from there
    """,
    .noSuite: """
    HARDTACK_DEBIAN_MIRROR: the archive has no Release file for harbour (status 404)
    hint: check the source, or run 'apt-get update' to see what apt says of it
    """,
    .wrongKey: """
    HARDTACK_DEBIAN_MIRROR: the Release file of harbour is signed by the unknown key KEY
    hint: install debian-archive-keyring, or name the right keyring in the source's Signed-By
    """,
    .tampered: """
    HARDTACK_DEBIAN_MIRROR: the Release file of harbour was changed after it was signed
    hint: check that nobody tampers with the connection to the archive, then try again
    """,
    .unsigned: """
    HARDTACK_DEBIAN_MIRROR: the Release file of harbour carries no valid signature
      | Please remember that the signature file (.sig or .asc)
      | should be the first file given on the command line.
    hint: check that nobody tampers with the connection to the archive, then try again
    """,
    .expired: """
    HARDTACK_DEBIAN_MIRROR: the Release file of harbour expired N days ago
    hint: use an archive that is kept up to date; for a snapshot, set Acquire::Check-Valid-Until to false in apt's configuration
    """,
    .wrongIndex: """
    package index of harbour/main from 127.0.0.1 isn't what is pinned: a blob has the digest DIGEST where DIGEST is expected
    hint: the archive may be amid an update, or a proxy on the way may serve an old file; run the command again in some minutes
    """,
    .truncatedIndex: """
    package index of harbour/main from 127.0.0.1 has 786 bytes where 1573 are pinned
    hint: the archive may be amid an update, or a proxy on the way may serve an old file; run the command again in some minutes
    """,
    .missingIndex: """
    cannot fetch package index of harbour/main: 127.0.0.1 answered 404
    hint: the archive no longer has it; name another mirror, or run 'hardtack lock --upgrade'
    """,
  ]
}
