import DebianPackages
import Essentials
import Glibc
import TestSupport
import Testing

/// Sets made to be hard, against apt where it finds a solution, and against Debian's checker of installability where it
/// gives up. More of them than `make test` takes are asked for by HARDTACK_HARD_SETS.
@Suite struct HardSetTests {
  private static let count = getenv("HARDTACK_HARD_SETS").flatMap { Int(String(cString: $0)) } ?? 200

  @Test func `hard sets get what apt would install, and a solution where there is one`() async throws {
    let outcomes = try await Array(0..<Self.count).concurrentMap { try await Self.compare(UInt64($0)) }
    let faults = outcomes.compactMap(\.fault)
    #expect(
      faults.isEmpty,
      "\(faults.count) of \(Self.count) are wrong:\n\(faults.prefix(12).joined(separator: "\n"))")
    // What would tell nothing: a generator whose sets are all easy, or all impossible.
    for kind in [Outcome.Kind.likeApt, .beyondApt, .impossible] {
      #expect(outcomes.contains { $0.kind == kind }, "no set is \(kind)")
    }
    let counts = Outcome.Kind.allCases.map { kind in outcomes.count { $0.kind == kind } }
    print("hard sets:", zip(counts, Outcome.Kind.allCases).map { "\($0) \($1)" })
    // Where apt mends what it has marked, by scores of its own, another choice is no fault: see docs/resolution.md.
    let others = outcomes.count { $0.kind == .unlikeApt }
    #expect(
      others * 40 < outcomes.count { $0.kind == .likeApt }, "\(others) of \(Self.count) sets differ from apt")
  }

  struct Outcome: Sendable {
    enum Kind: CaseIterable, Sendable { case likeApt, unlikeApt, beyondApt, impossible }
    var kind: Kind
    var fault: String?
  }

  private static func compare(_ seed: UInt64) async throws -> Outcome {
    let set = HardSet(seed: seed)
    let folder = try TemporaryFolder()
    let apt = try await AptOracle(in: folder.path, set.archives).install(
      set.requests, recommends: set.recommends)
    let own = try set.archives.solve(set.requests, recommends: set.recommends)
    let checker = SolutionChecker(in: folder.path)
    func fault(_ text: String) -> String {
      "\(seed) \(set.requests) \(set.recommends ? "with" : "without") Recommends: \(text)\n\(set.text)"
    }
    switch (apt, own) {
    case (.installed, .installed(let versions)):
      if apt == own { return Outcome(kind: .likeApt) }
      let isWhole = try await checker.isWhole(versions, for: set.requests, in: set.archives)
      return Outcome(
        kind: .unlikeApt,
        fault: isWhole ? nil : fault("apt \(apt.lines ?? []), own \(own.lines ?? []), which isn't whole"))
    case (.installed, .refused(let why)):
      return Outcome(kind: .likeApt, fault: fault("apt \(apt.lines ?? []), refused: \(why)"))
    case (.refused, .installed(let versions)):
      let isWhole = try await checker.isWhole(versions, for: set.requests, in: set.archives)
      return Outcome(kind: .beyondApt, fault: isWhole ? nil : fault("own \(own.lines ?? []) isn't whole"))
    case (.refused, .refused(let why)):
      let isPossible = try await checker.canSatisfy(set.requests, in: set.archives)
      return Outcome(kind: .impossible, fault: isPossible ? fault("refused: \(why)") : nil)
    }
  }
}
