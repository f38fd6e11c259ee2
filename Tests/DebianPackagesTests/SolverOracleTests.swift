import DebianPackages
import Essentials
import Glibc
import TestSupport
import Testing

/// What the solver chooses against what apt-get would install with an empty status. More random sets than
/// `make test` takes are asked for by HARDTACK_SOLVER_SETS.
@Suite struct SolverOracleTests {
  private static let ordinary = [
    "nginx-light", "rabbitmq-server", "linux-image-cloud-amd64", "python3 python3-venv",
    "postgresql redis-server",
    "nginx-light rabbitmq-server python3-venv linux-image-cloud-amd64 systemd-sysv", "default-mta",
    "exim4 postfix",
    "mawk gawk", "apache2 php", "build-essential", "postfix mailutils",
  ]

  @Test(arguments: [false, true])
  func `sets get what apt would install`(recommends: Bool) async throws {
    let count = getenv("HARDTACK_SOLVER_SETS").flatMap { Int(String(cString: $0)) } ?? 8
    let index = try await MachineArchives.index.value
    let names = index.packageNames.sorted()
    var random = SeededRandom(seed: recommends ? 11 : 7)
    let folder = try TemporaryFolder()
    let apt = try await AptOracle(in: folder.path)
    var sets = Self.ordinary.map { $0.split(separator: " ").map(String.init) }
    for _ in 0..<count {
      sets.append(
        (0..<Int.random(in: 1...8, using: &random)).compactMap { _ in names.randomElement(using: &random) })
    }
    let differences = try await sets.concurrentMap { set -> String in
      let expected = try await apt.install(set, recommends: recommends)
      let solver = PackageSolver(index, .init(variant: .empty, recommends: recommends))
      let found: AptOracle.Answer
      do {
        let solution = try solver.solve(try set.map { try PackageRequest(parsing: $0) })
        let pairs = solution.choices.map { ($0.package.name.text, $0.package.version.text) }
        let answer = AptOracle.Answer.installed(Dictionary(uniqueKeysWithValues: pairs))
        if solution.method == .search, answer != expected, expected.isMended {
          // apt gives up, or mends in its own way: see docs/resolution.md. What was found must be a solution.
          let folder = try TemporaryFolder()
          let packages = solution.choices.map(\.package)
          return try await SolutionChecker(in: folder.path).isWhole(packages, for: set)
            ? "" : "\(set.joined(separator: " ")): what was found isn't whole"
        }
        found = answer
      } catch let error as Diagnostic { found = .refused(error.description) }
      return Self.difference(set, expected, found)
    }
    let different = differences.filter { !$0.isEmpty }
    #expect(
      different.isEmpty,
      "\(different.count) of \(sets.count) sets differ:\n\(different.joined(separator: "\n"))")
  }

  private static func difference(_ set: [String], _ expected: AptOracle.Answer, _ found: AptOracle.Answer)
    -> String
  {
    let label = set.joined(separator: " ")
    switch (expected, found) {
    case (.refused, .refused): return ""
    case (.installed(let apt), .installed(let own)):
      if apt == own { return "" }
      let only = apt.filter { own[$0.key] != $0.value }.map { "apt: \($0.key) \($0.value)" }
      let more = own.filter { apt[$0.key] != $0.value }.map { "own: \($0.key) \($0.value)" }
      return "\(label): " + (only.sorted() + more.sorted()).prefix(12).joined(separator: ", ")
    case (.refused(let text), .installed): return "\(label): apt refuses: \(text.suffix(400))"
    case (.installed, .refused(let why)): return "\(label): refused: \(why)"
    }
  }
}

extension AptOracle.Answer {
  /// Whether it may have come from apt's problem resolver rather than from its marking.
  fileprivate var isMended: Bool {
    switch self {
    case .installed: true
    case .refused(let text): text.contains("you have held broken packages")
    }
  }
}
