import Cutover
import Testing

@Suite struct DatabaseAccessTests {
  @Test func `is ordered by what it allows`() {
    #expect(DatabaseAccess.none < .read)
    #expect(DatabaseAccess.read < .write)
  }
}
