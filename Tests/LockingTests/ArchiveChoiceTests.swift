import Essentials
import Lockfiles
import Locking
import SystemPackage
import TestSupport
import Testing

/// Which archive's version a lock takes.
@Suite struct ArchiveChoiceTests {
  let bench: LockingBench
  var workshop: Workshop { bench.workshop }

  init() async throws { bench = try await LockingBench() }

  private func write(packages: String, pins: String = "") async throws {
    try await workshop.archive.publish(
      "harbour-backports",
      [
        .init("nginx", "1.26-1~bpo1", "Depends: nginx-common (>= 1.22)"),
        .init("nginx-common", "1.26-1~bpo1"),
      ],
      isBackports: true)
    try DurableFile.write(
      try DurableFile.read(workshop.archive.keyring), to: workshop.recipe.appending("harbour.gpg"))
    try workshop.write(
      Workshop.recipeText.replacing("[nginx,", with: "[\(packages),")
        + "archives: [{name: more, url: '\(workshop.server.address)/archive', suite: harbour-backports, components: [main], signed-by: harbour.gpg}]\n\(pins)"
    )
  }

  private func nginx(_ lockfile: Lockfile) -> [String] {
    lockfile.debian.packages.filter { $0.name.hasPrefix("nginx") }.map {
      "\($0.name) \($0.version) \($0.suite)"
    }
  }

  @Test(arguments: [
    ("nginx", ["nginx 1.22.1-9 harbour", "nginx-common 1.22.1-9 harbour"]),
    (
      "nginx/harbour-backports",
      ["nginx 1.26-1~bpo1 more/harbour-backports", "nginx-common 1.22.1-9 harbour"]
    ),
    ("nginx=1.22.1-9", ["nginx 1.22.1-9 harbour", "nginx-common 1.22.1-9 harbour"]),
  ])
  func `backports are taken only of what is asked for by suite`(packages: String, expected: [String])
    async throws
  {
    try await write(packages: packages)
    let lockfile = try await bench.lock()
    #expect(nginx(lockfile) == expected)
    // The same again from the lockfile's own pins.
    #expect(try await bench.lock(lockfile).text == lockfile.text)
  }

  @Test(arguments: [
    ("[nginx*], pin: release n=harbour-backports, priority: 500", "1.26-1~bpo1", "1.26-1~bpo1"),
    ("[nginx], pin: release n=harbour-backports, priority: 500", "1.26-1~bpo1", "1.22.1-9"),
    ("[nginx-common], pin: version 1.26*, priority: 1001", "1.22.1-9", "1.26-1~bpo1"),
    ("['*'], pin: 'release a=harbour-backports, o=Debian', priority: 501", "1.26-1~bpo1", "1.26-1~bpo1"),
    ("[nginx], pin: version 1.22*, priority: -1", "1.26-1~bpo1", "1.22.1-9"),
  ])
  func `pins of the recipe set priorities`(pin: String, nginx: String, common: String) async throws {
    try await write(packages: "nginx", pins: "pins: [{packages: \(pin)}]\n")
    let lockfile = try await bench.lock()
    let versions = lockfile.debian.packages.filter { $0.name.hasPrefix("nginx") }.map(\.version)
    #expect(versions == [nginx, common])
  }

  @Test func `a suite that isn't there is named, with those that are`() async throws {
    try await write(packages: "nginx/sid")
    let refusal = try #require(try await bench.fault { _ = try await bench.lock() })
    #expect(refusal.category == .noSolution)
    #expect(refusal.message == "the suite 'sid' has no package 'nginx'")
    #expect(refusal.hints == ["the suites at hand are harbour, harbour-backports, harbour-updates"])
    #expect(refusal.location?.line == 3)
  }

  @Test(arguments: [0, 10, 100])
  func `an update that is being phased in is taken, on every machine`(percentage: Int) async throws {
    try await workshop.archive.publish(
      Workshop.codename + "-updates",
      [.init("libc6", "2.36-9+u1", "Phased-Update-Percentage: \(percentage)")])
    let lockfile = try await bench.lock()
    #expect(lockfile.debian.packages.first { $0.name == "libc6" }?.version == "2.36-9+u1")
  }
}
