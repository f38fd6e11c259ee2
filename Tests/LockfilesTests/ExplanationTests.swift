import Essentials
import Lockfiles
import Testing

@Suite struct ExplanationTests {
  private typealias Fixture = LockfileFixture

  private static let lockfile = Fixture.lockfile(
    [
      Fixture.pin("app"),
      Fixture.pin("middle", because: [.dependency(.depends, of: "app")]),
      Fixture.pin("detour", because: [.dependency(.recommends, of: "middle")]),
      Fixture.pin(
        "deep", because: [.dependency(.depends, of: "detour"), .dependency(.preDepends, of: "middle")]),
      Fixture.pin("mta", because: [.dependency(.depends, of: "app", relation: "mail-transport-agent")]),
      Fixture.pin("dpkg", because: [.essential]),
      Fixture.pin("one", because: [.dependency(.depends, of: "other")]),
      Fixture.pin("other", because: [.dependency(.depends, of: "one")]),
    ], initrd: [Fixture.pin("busybox-static", because: [.initrd])],
    python: [
      Fixture.wheel("celery"), Fixture.wheel("app", because: [.dependency(.requires, of: "celery[extra]")]),
    ])

  private func chain(_ name: String) throws -> [String] {
    try Self.lockfile.explanations(of: name).flatMap(\.chain).map { $0.reason.sentence(about: $0.name) }
  }

  @Test func `leads from the recipe to the package by the shortest way`() throws {
    #expect(
      try chain("deep") == [
        "the recipe asks for app", "app depends on middle", "middle pre-depends on deep",
      ])
  }

  @Test func `names the relation where another name stands in it`() throws {
    #expect(
      try chain("mta") == ["the recipe asks for app", "app depends on mail-transport-agent, which mta is"])
  }

  @Test(arguments: [
    ("dpkg", "dpkg is Essential: every Debian system has it"),
    ("busybox-static", "the initrd is made of busybox-static"),
  ])
  func `says what nobody asks for`(name: String, sentence: String) throws {
    #expect(try chain(name) == [sentence])
  }

  @Test func `explains a package and a wheel of the same name`() throws {
    let found = try Self.lockfile.explanations(of: "app")
    #expect(found.map(\.suite) == ["bookworm", nil])
    #expect(found[1].chain.map(\.name) == ["celery", "app"])
  }

  @Test func `comes to an end where pins ask for each other and nobody for them`() throws {
    #expect(try chain("one") == [])
  }

  @Test func `suggests the nearest name`() {
    let error = #expect(throws: Diagnostic.self) { try Self.lockfile.explanations(of: "celry") }
    #expect(error?.message == "the lockfile pins no package and no wheel 'celry'")
    #expect(error?.hints == ["did you mean 'celery'?"])
  }
}
