import Lockfiles
import Testing

@Suite struct ReasonTests {
  @Test(arguments: [
    "requested", "essential", "base", "initrd", "depends of a", "pre-depends of libc6",
    "recommends of x: a | b (>= 1:2)",
    "requires of celery[redis]",
  ])
  func `keeps its text`(_ text: String) {
    #expect(Lockfile.Reason(text)?.description == text)
  }

  @Test(arguments: [
    "", "Requested", "depends", "depends of ", "depends of a b", "depends of a:", "depends of a: ",
    "depends of a:b",
    "depends of : b", "enhances of a",
  ])
  func `refuses what is none`(_ text: String) {
    #expect(Lockfile.Reason(text) == nil)
  }
}
