import Essentials
import Lockfiles
import Testing

@Suite struct LockfileDifferenceTests {
  private typealias Fixture = LockfileFixture

  @Test func `says each move in a line`() {
    let old = Fixture.lockfile(
      [Fixture.pin("nginx", "1.22.1-9"), Fixture.pin("vim"), Fixture.pin("tzdata"), Fixture.pin("same")],
      initrd: [Fixture.pin("busybox-static")], python: [Fixture.wheel("django", "5.2")])
    let new = Fixture.lockfile(
      [
        Fixture.pin("nginx", "1.22.1-9+deb12u11", suite: "bookworm-security"), Fixture.pin("curl"),
        Fixture.pin("same"),
        Fixture.pin("tzdata", content: "other"),
      ],
      initrd: [Fixture.pin("busybox-static", "2")],
      python: [Fixture.wheel("django", "5.2.1"), Fixture.wheel("redis")])
    let difference = LockfileDifference(from: old, to: new)
    #expect(
      difference.summary == [
        "curl 1 added", "nginx 1.22.1-9 → 1.22.1-9+deb12u11 (security)", "tzdata 1 has other content",
        "vim 1 removed",
        "busybox-static 1 → 2 in the initrd", "django 5.2 → 5.2.1", "redis 1 added",
      ])
    #expect(difference.bytesToFetch == 4 * 10 + 2 * 20)
  }

  @Test func `counts no content twice, and none that moved only in name`() {
    let old = Fixture.lockfile([Fixture.pin("a", content: "x")])
    let new = Fixture.lockfile(
      [Fixture.pin("b", content: "x"), Fixture.pin("c", content: "y"), Fixture.pin("d", content: "y")])
    #expect(LockfileDifference(from: old, to: new).bytesToFetch == 10)
  }

  @Test func `is empty between equals, and everything at first`() {
    let full = Fixture.full
    #expect(LockfileDifference(from: full, to: full).isEmpty)
    let first = LockfileDifference(from: nil, to: full)
    #expect(first.moves.count == 6)
    #expect(first.summary.first == "dpkg 1 added")
  }

  @Test func `adds up what no machine holds without trapping`() {
    let huge = Fixture.lockfile([Fixture.pin("a", size: .max), Fixture.pin("b", size: .max)])
    #expect(LockfileDifference(from: nil, to: huge).bytesToFetch == .max)
  }
}
