import Glibc

extension Sequence where Element: Sendable {
  /// The results of `transform` for each element, in order, at most `limit` of them under way at a time.
  ///
  /// The first error ends the work and is thrown.
  package func concurrentMap<Result: Sendable>(
    limit: Int = processorCount, _ transform: @escaping @Sendable (Element) async throws -> Result
  ) async throws -> [Result] {
    try await withThrowingTaskGroup(of: (Int, Result).self) { group in
      var results: [Int: Result] = [:]
      var running = 0
      for (index, element) in enumerated() {
        if running >= limit, let (index, result) = try await group.next() {
          results[index] = result
          running -= 1
        }
        group.addTask { (index, try await transform(element)) }
        running += 1
      }
      for try await (index, result) in group { results[index] = result }
      return (0..<results.count).compactMap { results[$0] }
    }
  }
}

/// How many processors this machine has.
package let processorCount = max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
