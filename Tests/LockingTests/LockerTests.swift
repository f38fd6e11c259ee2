import Essentials
import Lockfiles
import Locking
import Recipes
import Storage
import SystemPackage
import TestSupport
import Testing

/// Locks against an archive and an index that the test makes.
@Suite struct LockerTests {
  let bench: LockingBench
  var workshop: Workshop { bench.workshop }

  init() async throws { bench = try await LockingBench() }

  private func publish(_ changed: DebianArchive.Package..., date: Int64 = DebianArchive.date + 86_400)
    async throws
  {
    let names = changed.map(\.name)
    try await workshop.archive.publish(
      Workshop.codename, Workshop.packages.filter { !names.contains($0.name) } + changed, date: date)
  }

  @Test func `pins every file, and says who asked for it`() async throws {
    let lockfile = try await bench.lock()
    #expect(
      lockfile.lines == [
        "base-files 12.4: essential", "libc6 2.36-9: depends of nginx", "nginx 1.22.1-9: requested",
        "nginx-common 1.22.1-9: depends of nginx",
        "python3.11-minimal 3.11.2-6: requested", "busybox-static 1.35.0-4: initrd", "django 5.0: requested",
        "sqlparse 0.4: requires of django",
      ])
    for pin in lockfile.debian.packages {
      let bytes = try DurableFile.read(workshop.archive.root.pushing(FilePath(pin.path)))
      #expect(pin.digest == Digest(of: bytes) && pin.size == Int64(bytes.count))
    }
    for pin in lockfile.python?.packages ?? [] {
      let bytes = try DurableFile.read(workshop.index.root.appending("files").appending(pin.file))
      #expect(pin.digest == Digest(of: bytes) && pin.size == Int64(bytes.count))
    }
    let release = try DurableFile.read(
      workshop.archive.root.appending("dists").appending(Workshop.codename).appending("InRelease"))
    #expect(lockfile.debian.suites.map(\.suite) == ["harbour"])
    #expect(lockfile.debian.suites.first?.release == Digest(of: release))
    #expect(lockfile.epoch == DebianArchive.date)
    #expect(lockfile.python?.interpreter == "3.11")
  }

  @Test func `gives the same bytes again, in another store too`() async throws {
    let first = try await bench.lock()
    #expect(try await bench.lock().text == first.text)
    let other = try await LockingBench()
    #expect(try await other.lock().lines == first.lines)
  }

  @Test(arguments: [Locker.Upgrade.nothing, .everything, .named(["nginx"])])
  func `changes nothing where an archive merely signs the same packages anew`(_ upgrade: Locker.Upgrade)
    async throws
  {
    let first = try await bench.lock()
    try await publish()
    let second = try await bench.lock(first, upgrade: upgrade)
    #expect(second.text == first.text)
    // Without an earlier lockfile the new date counts, so the test can tell them apart.
    #expect(try await bench.lock().epoch == DebianArchive.date + 86_400)
  }

  @Test func `keeps what the earlier choice was made from in the store`() async throws {
    let first = try await bench.lock()
    let name = try bench.recipe().folder.real.string
    let root = try bench.store.root(.lockfile, name)
    try await publish()
    _ = try await bench.lock(first, upgrade: .everything)
    #expect(try bench.store.root(.lockfile, name) == root)
    #expect(root?.digests.contains(first.debian.suites[0].release) == true)
  }

  @Test func `keeps pins that still fit, and moves them with --upgrade`() async throws {
    let first = try await bench.lock()
    try await publish(
      DebianArchive.Package("libc6", "2.36-9+u1"), DebianArchive.Package("libc6", "2.36-9"),
      DebianArchive.Package("nginx", "1.22.1-9", "Depends: nginx-common (>= 1.22), libc6"),
      DebianArchive.Package("nginx", "1.24-1", "Depends: nginx-common (>= 1.22), libc6"))
    try await workshop.index.publish(
      Workshop.wheels + [WheelIndex.Wheel("django-5.1-py3-none-any.whl", requires: ["sqlparse>=0.3"])])
    #expect(try await bench.lock(first).text == first.text)

    let named = try await bench.lock(first, upgrade: .named(["nginx"]))
    #expect(LockfileDifference(from: first, to: named).summary == ["nginx 1.22.1-9 → 1.24-1"])
    #expect(named.epoch == DebianArchive.date + 86_400)

    let all = try await bench.lock(first, upgrade: .everything)
    #expect(
      LockfileDifference(from: first, to: all).summary == [
        "libc6 2.36-9 → 2.36-9+u1", "nginx 1.22.1-9 → 1.24-1", "django 5.0 → 5.1",
      ])
    // A wheel alone moves no date.
    let wheel = try await bench.lock(first, upgrade: .named(["django"]))
    #expect(LockfileDifference(from: first, to: wheel).summary == ["django 5.0 → 5.1"])
    #expect(wheel.debian == first.debian)
  }

  @Test func `reads an archive that changes meanwhile once again, and mixes nothing`() async throws {
    let suite = "/archive/dists/\(Workshop.codename)/"
    let release = workshop.archive.root.pushing(FilePath("dists/\(Workshop.codename)/InRelease"))
    try DurableFile.write(try DurableFile.read(release), to: FilePath("\(release).earlier"))
    try await publish(DebianArchive.Package("libc6", "2.36-10"))
    try workshop.server.set([suite + "InRelease": .earlierOnce])
    let lockfile = try await bench.lock()
    #expect(lockfile.debian.packages.first { $0.name == "libc6" }?.version == "2.36-10")
    #expect(lockfile.debian.suites.first?.release == Digest(of: try DurableFile.read(release)))
    #expect(lockfile.epoch == DebianArchive.date + 86_400)
    #expect(workshop.server.log.count { $0.hasPrefix(suite + "InRelease") } == 2)
  }

  @Test func `keeps what it has read of the package indexes, and goes on from it`() async throws {
    let first = try await bench.lock()
    let tables = try bench.store.blobs().filter { $0.size > 500_000 }
    #expect(tables.count == 1, "the hash table of names alone has half a megabyte")
    #expect(try await bench.lock().text == first.text)
    // One that is damaged is put aside, and made again.
    let name = try #require(tables.first).digest.hexadecimal
    let path = workshop.store.pushing(FilePath("blobs/sha256/\(name)"))
    var bytes = try DurableFile.read(path)
    bytes[40] ^= 1
    try DurableFile.write(bytes, to: path)
    #expect(try await bench.lock().text == first.text)
  }

  @Test func `moves a pin that the archive no longer has`() async throws {
    let first = try await bench.lock()
    try await publish(DebianArchive.Package("libc6", "2.36-10"))
    let second = try await bench.lock(first)
    #expect(LockfileDifference(from: first, to: second).summary == ["libc6 2.36-9 → 2.36-10"])
  }

  @Test func `leaves a package in its suite where another suite has it too`() async throws {
    let nginx = DebianArchive.Package("nginx", "1.22.1-9+u1", "Depends: nginx-common (>= 1.22), libc6")
    try await workshop.archive.publish(Workshop.codename + "-updates", [nginx], date: DebianArchive.date + 60)
    let first = try await bench.lock()
    #expect(first.debian.packages.first { $0.name == "nginx" }?.suite == "harbour-updates")
    #expect(first.epoch == DebianArchive.date + 60)
    // A point release takes it over.
    try await publish(nginx)
    #expect(try await bench.lock(first, upgrade: .everything).text == first.text)
    // Once the suite has it no more, it's the other's.
    try await workshop.archive.publish(Workshop.codename + "-updates", [], date: DebianArchive.date + 120)
    let moved = try await bench.lock(first, upgrade: .everything)
    #expect(moved.debian.packages.first { $0.name == "nginx" }?.suite == "harbour")
    #expect(LockfileDifference(from: first, to: moved).isEmpty)
  }

  @Test func `takes an index in HTML, which tells no sizes, for the same`() async throws {
    let json = try await bench.lock()
    try await workshop.index.publishHTML(Workshop.wheels)
    #expect(try await bench.lock().text == json.text)
    _ = try await bench.fetch(json)
    #expect(try await bench.lock().text == json.text)
  }

  @Test func `takes packages from an archive of the recipe's own, by the recipe's own key`() async throws {
    let folder = try TemporaryFolder()
    let own = try await DebianArchive(in: folder.path)
    try await own.publish("extra", [DebianArchive.Package("tool", "1.0", "Depends: libc6")])
    try DurableFile.write(try DurableFile.read(own.keyring), to: workshop.recipe.appending("tool.gpg"))
    let archive =
      "archives: [{name: tools, url: 'file://\(own.root)', suite: extra, components: [main], signed-by: tool.gpg}]\n"
    try workshop.write(Workshop.recipeText.replacing("[nginx,", with: "[nginx, tool,") + archive)
    let lockfile = try await bench.lock()
    let pin = try #require(lockfile.debian.packages.first { $0.name == "tool" })
    #expect(pin.suite == "tools/extra")
    #expect(lockfile.debian.suites.map(\.suite) == ["harbour", "tools/extra"])
    _ = try await bench.fetch(lockfile)
    #expect(bench.store.contains(pin.digest))
    // The machine's key is none for the recipe's archive.
    try DurableFile.write(
      try DurableFile.read(workshop.archive.keyring), to: workshop.recipe.appending("tool.gpg"))
    let refusal = try #require(try await bench.fault { _ = try await bench.lock(lockfile) })
    #expect(refusal.category == .verificationFailed)
    #expect(refusal.message.hasPrefix("the Release file of extra is signed by the unknown key"))
    #expect(refusal.location?.file.hasSuffix("recipe.yaml") == true && refusal.location?.line == 5)
  }

  @Test func `chooses wheels for the image's own Python, not the host's`() async throws {
    try workshop.write(Workshop.recipeText.replacing("[django]", with: "[fast]"))
    let wheels = ["cp310", "cp311", "cp312", "cp313"].map {
      WheelIndex.Wheel("fast-1.0-\($0)-\($0)-manylinux_2_17_x86_64.whl")
    }
    try await workshop.index.publish(wheels)
    let lockfile = try await bench.lock()
    #expect(lockfile.python?.packages.map(\.file) == ["fast-1.0-cp311-cp311-manylinux_2_17_x86_64.whl"])
    // With another Python in the image it's another wheel.
    try workshop.write(
      Workshop.recipeText.replacing("[django]", with: "[fast]")
        .replacing("python3.11-minimal", with: "python3.12-minimal"))
    try await publish(DebianArchive.Package("python3.12-minimal", "3.12.1-1", "Depends: libc6"))
    let other = try await bench.lock(lockfile)
    #expect(other.python?.interpreter == "3.12")
    #expect(other.python?.packages.map(\.file) == ["fast-1.0-cp312-cp312-manylinux_2_17_x86_64.whl"])
  }
}
