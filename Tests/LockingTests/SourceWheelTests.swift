import Essentials
import Lockfiles
import Locking
import Storage
import SystemPackage
import TestSupport
import Testing

/// Locks projects that the index has no wheel of; what builds them stands in for the sandbox, which has tests of its own.
@Suite struct SourceWheelTests {
  var bench: LockingBench
  var workshop: Workshop { bench.workshop }

  init() async throws {
    bench = try await LockingBench()
    bench.builder = StandInBuilder(store: bench.store)
    try await workshop.index.publish([
      WheelIndex.Wheel("legacy-1.0.tar.gz"), WheelIndex.Wheel("legacy-0.9-py3-none-any.whl"),
      WheelIndex.Wheel(
        "modern-2.0.tar.gz",
        sources: [
          "pyproject.toml":
            "[build-system]\nrequires = ['maker>=1']\nbuild-backend = 'maker'\nbackend-path = ['tools']\n"
        ]),
      WheelIndex.Wheel("maker-1.0-py3-none-any.whl", requires: ["parts"]),
      WheelIndex.Wheel("maker-1.1-py3-none-any.whl", requires: ["parts"]),
      WheelIndex.Wheel("parts-3.0-py3-none-any.whl"), WheelIndex.Wheel("wheel-0.45-py3-none-any.whl"),
      WheelIndex.Wheel("setuptools-80.0-py3-none-any.whl"),
    ])
  }

  private func write(_ requirements: String, build: String, packages: String = "") throws {
    try workshop.write(
      Workshop.recipeText.replacing(
        "{requirements: [django]}", with: "{requirements: [\(requirements)], build: [\(build)]\(packages)}"))
  }

  @Test func `builds what the recipe names, and pins what it is built from and with`() async throws {
    try write("legacy, modern", build: "modern, legacy")
    let lockfile = try await bench.lock()
    let python = try #require(lockfile.python)
    #expect(
      python.packages.map { "\($0.name) \($0.version) \($0.file) \($0.because)" } == [
        "legacy 1.0 legacy-1.0-py3-none-any.whl [requested]",
        "modern 2.0 modern-2.0-py3-none-any.whl [requested]",
        "sqlparse 0.4 sqlparse-0.4-py3-none-any.whl [requires of legacy, requires of modern]",
      ])
    #expect(python.sources.map(\.file) == ["legacy-1.0.tar.gz", "modern-2.0.tar.gz"])
    // Without settings it's setuptools; what the backend asks for beside the settings is there too.
    #expect(
      python.sources.map { source in source.requires.map { "\($0.name) \($0.version) \($0.because)" } } == [
        ["setuptools 80.0 [build of legacy]", "wheel 0.45 [build of legacy]"],
        ["maker 1.1 [build of modern]", "parts 3.0 [requires of maker]", "wheel 0.45 [build of modern]"],
      ])
    // All that is built from is stored when it's built, and so is the wheel.
    #expect(
      lockfile.artifacts.filter { $0.label != "sqlparse 0.4" && !bench.store.contains($0.digest) }
        .map(\.label) == ["busybox-static 1.35.0-4"])
    #expect(lockfile.builtWheels.map(\.label) == ["legacy 1.0", "modern 2.0"])
    #expect(lockfile.builtWheels.allSatisfy { bench.store.contains($0.digest) })
    #expect(try Lockfile.parse(Array(lockfile.text.utf8), file: "recipe.lock") == lockfile)
    #expect(try await bench.lock(lockfile).text == lockfile.text)
  }

  @Test func `says who needs what a wheel is built with`() async throws {
    try write("modern", build: "modern")
    let lockfile = try await bench.lock()
    let explanation = try #require(try lockfile.explanations(of: "parts").first)
    #expect(
      explanation.chain.map { $0.reason.sentence(about: $0.name) } == [
        "the recipe asks for modern", "modern is built with maker", "maker requires parts",
      ])
  }

  @Test func `takes a wheel where there is one, and an older one where building isn't allowed`() async throws
  {
    try write("legacy", build: "modern")
    let lockfile = try await bench.lock()
    #expect(lockfile.python?.packages.map(\.file) == ["legacy-0.9-py3-none-any.whl"])
    #expect(lockfile.python?.sources == [])
    try write("legacy<1", build: "legacy")
    #expect(try await bench.lock().python?.sources == [])
  }

  @Test func `refuses what would have to be built, and says how to allow it`() async throws {
    try write("modern", build: "legacy")
    let refusal = try #require(try await bench.fault { _ = try await bench.lock() })
    #expect(refusal.category == .noSolution)
    #expect(
      refusal.notes.last?.contains("modern has no wheel, only source distributions") == true, "\(refusal)")
    #expect(
      refusal.hints == [
        "only wheels are taken: allow a version of 'modern' that has one for the target",
        "or name 'modern' in the recipe under 'build' of 'python', to have it built from its source",
      ])
    // What a build itself requires is never built.
    try await workshop.index.publish([WheelIndex.Wheel("maker-2.0.tar.gz")])
    try write("modern", build: "modern, maker")
    let inner = try #require(try await bench.fault { _ = try await bench.lock() })
    #expect(inner.notes.last == "this is what building modern 2.0 requires", "\(inner)")
    #expect(inner.hints == ["only wheels are taken: allow a version of 'maker' that has one for the target"])
  }

  @Test func `keeps what a wheel is built with until it's told otherwise`() async throws {
    try await workshop.index.publish([WheelIndex.Wheel("maker-1.0-py3-none-any.whl", requires: ["parts"])])
    try write("modern", build: "modern")
    let first = try await bench.lock()
    try await workshop.index.publish([
      WheelIndex.Wheel("maker-1.0-py3-none-any.whl", requires: ["parts"]),
      WheelIndex.Wheel("maker-1.2-py3-none-any.whl", requires: ["parts"]),
    ])
    #expect(try await bench.lock(first).text == first.text)
    let moved = try await bench.lock(first, upgrade: .named(["maker"]))
    #expect(
      LockfileDifference(from: first, to: moved).summary == [
        "modern 2.0 has other content", "maker to build modern 1.0 → 1.2",
      ])
  }

  @Test func `takes only a source distribution that the request's digests allow`() async throws {
    try write("requirements.txt", build: "legacy")
    try workshop.write(
      Workshop.recipeText.replacing("[django]", with: "requirements.txt, build: [legacy]"))
    let bytes = try DurableFile.read(workshop.index.root.appending("files").appending("legacy-1.0.tar.gz"))
    let file = workshop.recipe.appending("requirements.txt")
    try DurableFile.write(Array("legacy==1.0 --hash=\(Digest(of: bytes))\n".utf8), to: file)
    #expect(try await bench.lock().python?.sources.map(\.digest) == [Digest(of: bytes)])
    try DurableFile.write(Array("legacy==1.0 --hash=\(Digest(of: "other"))\n".utf8), to: file)
    let refusal = try #require(try await bench.fault { _ = try await bench.lock() })
    #expect(refusal.category == .noSolution)
  }

  @Test func `pins packages that only building needs by themselves`() async throws {
    try await workshop.archive.publish(
      Workshop.codename,
      Workshop.packages + [
        DebianArchive.Package("gcc", "12.2", "Depends: libc6, binutils"),
        DebianArchive.Package("binutils", "2.40"),
      ])
    try write("legacy", build: "legacy", packages: ", build-packages: [gcc]")
    let lockfile = try await bench.lock()
    #expect(
      lockfile.debian.build.map { "\($0.name) \($0.because)" } == [
        "binutils [depends of gcc]", "gcc [requested]",
      ])
    #expect(!lockfile.debian.packages.contains { $0.name == "gcc" })
    #expect(lockfile.debian.build.allSatisfy { bench.store.contains($0.digest) })
    #expect(try Lockfile.parse(Array(lockfile.text.utf8), file: "recipe.lock") == lockfile)
    #expect(try await bench.lock(lockfile).text == lockfile.text)
    // They leave the image's own packages alone, or there's no solution.
    try await workshop.archive.publish(
      Workshop.codename,
      Workshop.packages + [
        DebianArchive.Package("gcc", "12.2", "Conflicts: nginx-common")
      ])
    let refusal = try #require(try await bench.fault { _ = try await bench.lock() })
    #expect(refusal.category == .noSolution)
  }

  @Test func `fetches what a wheel is built from where the wheel isn't there`() async throws {
    try write("legacy", build: "legacy")
    let lockfile = try await bench.lock()
    let other = try Store(at: workshop.folder.appending("other"), creating: true)
    _ = try await bench.fetch(lockfile, into: other)
    #expect(lockfile.artifacts.allSatisfy { other.contains($0.digest) })
    #expect(lockfile.artifacts.map(\.label).contains("setuptools 80.0"))
    #expect(!lockfile.builtWheels.contains { other.contains($0.digest) })
    #expect(try other.losses() == [])
  }
}
