import DebianPackages
import Essentials
import Glibc
import TestSupport
import Testing

@Suite struct SolverOracleTests {
  @Test(arguments: [false, true])
  func `random sets get what apt would install`(recommends: Bool) async throws {
    let count = getenv("HARDTACK_SOLVER_SETS").flatMap { Int(String(cString: $0)) } ?? 20
    let index = try await MachineArchives.index.value
    let names = index.packageNames.sorted()
    var random = SeededRandom(seed: recommends ? 11 : 7)
    let folder = try TemporaryFolder()
    let apt = try await AptOracle(in: folder.path)
    let sets = (0..<count).map { _ in
      (0..<Int.random(in: 1...8, using: &random)).map { _ in names.randomElement(using: &random) ?? "" }
    }
    let differences = try await sets.concurrentMap { set -> String in
      let expected = try await apt.install(set, recommends: recommends)
      let found: AptOracle.Answer
      do {
        let solver = PackageSolver(index, .init(variant: .empty, recommends: recommends))
        let solution = try solver.solve(set.map { try PackageRequest(parsing: $0) })
        found = .installed(
          Dictionary(
            uniqueKeysWithValues: solution.choices.map { ($0.package.name.text, $0.package.version.text) }))
      } catch let error as Diagnostic { found = .refused(error.message) }
      return Self.difference(set, expected, found)
    }
    let different = differences.filter { !$0.isEmpty }
    #expect(
      different.isEmpty,
      "\(different.count) of \(count) sets differ:\n\(different.prefix(40).joined(separator: "\n"))")
  }

  static func difference(_ set: [String], _ expected: AptOracle.Answer, _ found: AptOracle.Answer) -> String {
    switch (expected, found) {
    case (.refused, .refused): return ""
    case (.installed(let apt), .installed(let own)):
      if apt == own { return "" }
      let only = apt.filter { own[$0.key] != $0.value }.map { "apt: \($0.key) \($0.value)" }
      let more = own.filter { apt[$0.key] != $0.value }.map { "own: \($0.key) \($0.value)" }
      return "\(set.joined(separator: " ")) -> "
        + (only.sorted() + more.sorted()).prefix(12).joined(separator: ", ")
    case (.refused(let text), .installed):
      return "\(set.joined(separator: " ")) -> apt refuses: \(text.suffix(600))"
    case (.installed, .refused(let why)): return "\(set.joined(separator: " ")) -> refused: \(why)"
    }
  }

}
