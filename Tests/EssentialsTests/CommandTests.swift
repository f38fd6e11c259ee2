import Essentials
import Testing

@Suite struct CommandTests {
  @Test func `gives a program its input`() async throws {
    let input = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    #expect(try await Command("cat", input: input).output() == input)
    #expect(try await Command("cat").output().isEmpty)
  }

  /// A race that ended this process: the program has gone before its input could be written.
  @Test func `outlives programs that don't read their input`() async throws {
    let outcomes = try await (0..<300).concurrentMap(limit: 8) { number in
      try await Command("true", input: Array(repeating: 65, count: number % 2 == 0 ? 100 : 200_000)).run()
        .status
    }
    #expect(outcomes == Array(repeating: 0, count: 300))
  }
}
