import Essentials
import PythonPackages
import Testing

@Suite struct PythonResolverTests {
  private func resolve(
    _ requirements: [String], constraints: [String] = [], kept: [ProjectName: PythonVersion] = [:],
    _ index: MemoryIndex
  ) async throws -> Resolution {
    func asked(_ texts: [String]) throws -> [RequestedRequirement] {
      try texts.map { RequestedRequirement(try Requirement(parsing: $0)) }
    }
    return try await PythonResolver.resolve(
      ResolutionRequest(
        requirements: asked(requirements), constraints: asked(constraints), kept: kept,
        environment: MarkerTests.target),
      index: index)
  }

  private func refusal(_ requirements: [String], constraints: [String] = [], _ index: MemoryIndex)
    async throws -> Diagnostic
  {
    try #require(
      await #expect(throws: Diagnostic.self) {
        _ = try await resolve(requirements, constraints: constraints, index)
      })
  }

  @Test func `a conflict is told as a chain of reasons`() async throws {
    var index = MemoryIndex()
    try index.add("app", "1.0", requires: ["lib>=2", "other"])
    try index.add("other", "1.0", requires: ["lib<2"])
    try index.add("lib", "1.0")
    try index.add("lib", "2.0")
    let diagnostic = try await refusal(["app"], index)
    #expect(diagnostic.message == "the Python requirements have no solution")
    #expect(
      diagnostic.notes == [
        "Because other depends on lib<2 and app depends on lib>=2, other and app cannot be used together.",
        "And because app depends on other, app cannot be used.",
        "And because the request asks for app, the requirements have no solution.",
      ])
  }

  @Test func `what can't be had is named with what to do`() async throws {
    var index = MemoryIndex()
    try index.add("old", "1.0", tags: [], hasSource: true)
    try index.add("new", "1.0", requiresPython: ">=3.12")
    try index.add("mac", "1.0", tags: ["cp311-cp311-macosx_11_0_arm64"])
    try index.add("gone", "1.0", yanked: "broken")
    let missing = try await refusal(["nothing"], index)
    #expect(missing.message == "the index has no project 'nothing'")
    #expect(missing.hints == ["check the spelling of 'nothing', or set pip up with the index that has it"])
    let unmatched = try await refusal(["old>2"], index)
    #expect(unmatched.message == "no version of old>2 exists")
    #expect(unmatched.hints == ["the newest version of 'old' is 1.0"])
    let source = try await refusal(["old"], index)
    #expect(
      source.notes == [
        "Because old has no wheel, only source distributions and the request asks for old, the requirements have no solution."
      ])
    let python = try await refusal(["new"], index)
    #expect(
      python.notes == [
        "Because new needs Python >=3.12, and the target has 3.11.2 and the request asks for new, the requirements have no solution."
      ])
    let mac = try await refusal(["mac"], index)
    #expect(mac.notes.joined().contains("mac has no wheel for CPython 3.11 on x86_64 with glibc 2.36"))
    let gone = try await refusal(["gone"], index)
    #expect(gone.notes.joined().contains("gone was withdrawn (broken)"))
    #expect(try await resolve(["gone==1.0"], index).warnings == ["gone 1.0 was withdrawn: broken"])
  }

  @Test func `pins that fit stay, and others move`() async throws {
    var index = MemoryIndex()
    for version in ["1.0", "1.1", "2.0"] { try index.add("lib", version) }
    try index.add("app", "1.0", requires: ["lib"])
    #expect(try await resolve(["app"], kept: ["lib": "1.1"], index).wheels.map(\.version) == ["1.0", "1.1"])
    #expect(
      try await resolve(["app", "lib>=2"], kept: ["lib": "1.1"], index).wheels.map(\.version) == [
        "1.0", "2.0",
      ])
    #expect(
      try await resolve(["app"], constraints: ["lib<1.1"], index).wheels.map(\.version) == ["1.0", "1.0"])
  }

  @Test func `who asked is known`() async throws {
    var index = MemoryIndex()
    try index.add("app", "1.0", requires: ["lib"], extras: ["fast": ["speed"]])
    try index.add("lib", "1.0")
    try index.add("speed", "1.0", requires: ["lib"])
    let wheels = try await resolve(["app[fast]"], index).wheels
    #expect(wheels.map(\.because) == ["requested", "app, speed", "app"])
    #expect(wheels[0].dependencies == ["lib", "speed"])
    #expect(wheels[0].extras == ["fast"])
  }

  @Test func `a URL is refused`() async throws {
    let diagnostic = try await refusal(["app @ https://example.test/app.zip"], MemoryIndex())
    #expect(diagnostic.message == "'app' is asked for by URL, which can't be pinned by name and version")
  }
}
