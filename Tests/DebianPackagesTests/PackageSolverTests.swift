import DebianPackages
import Essentials
import Testing

@Suite struct PackageSolverTests {
  // Behaviour of apt's own integration tests: or-groups, provides, multi-arch, conflicts.
  @Test(arguments: [
    // Alternatives: the first that can be had, unless one is there already.
    ("a 1; Depends: b | c\nb 1\nc 1", ["a"], ["a 1", "b 1"]),
    ("a 1; Depends: b | c\nb 1\nc 1", ["a", "c"], ["a 1", "c 1"]),
    ("a 1; Depends: b (>= 2) | c\nb 1\nc 1", ["a"], ["a 1", "c 1"]),
    ("a 1; Depends: b | c\nb 1; Depends: none\nc 1", ["a"], ["a 1", "c 1"]),
    // Providers: a real package first, then essential, then by priority, then the one that came up last.
    ("a 1; Depends: v\nv 1\np 1; Provides: v", ["a"], ["a 1", "v 1"]),
    ("a 1; Depends: v\nx 1; Provides: v\ny 1; Provides: v", ["a"], ["a 1", "y 1"]),
    (
      "a 1; Depends: v\nx 1; Provides: v; Priority: optional\ny 1; Provides: v; Priority: extra", ["a"],
      ["a 1", "x 1"]
    ),
    ("a 1; Depends: v\nx 1; Provides: v; Essential: yes\ny 1; Provides: v", ["a"], ["a 1", "x 1"]),
    // Only a versioned Provides satisfies a versioned relation.
    ("a 1; Depends: v (>= 2)\nx 1; Provides: v\ny 1; Provides: v (= 2)", ["a"], ["a 1", "y 1"]),
    ("a 1; Depends: v (>= 2)\nx 1; Provides: v (= 3)\ny 1; Provides: v (= 1)", ["a"], ["a 1", "x 1"]),
    // :any needs Multi-Arch: allowed.
    ("a 1; Depends: p:any | q\np 1\nq 1", ["a"], ["a 1", "q 1"]),
    ("a 1; Depends: p:any | q\np 1; Multi-Arch: allowed\nq 1", ["a"], ["a 1", "p 1"]),
    ("a 1; Depends: p:amd64, q:native\np 1\nq 1", ["a"], ["a 1", "p 1", "q 1"]),
    // A package's conflict with what it provides itself is legal.
    ("a 1; Depends: m\nm 1; Provides: mta; Conflicts: mta", ["a"], ["a 1", "m 1"]),
    // A request for a virtual name means its only provider.
    ("m 1; Provides: mta", ["mta"], ["m 1"]),
    ("m 1; Provides: mta\nn 1; Provides: mta", ["mta", "m"], ["m 1"]),
    // Requests with versions and alternatives.
    ("a 1\na 2", ["a"], ["a 2"]), ("a 1\na 2", ["a (<< 2)"], ["a 1"]), ("a 1\na 2", ["a=1"], ["a 1"]),
    ("b 1\na 1", ["b | a"], ["b 1"]), ("b 1\na 1", ["b | a", "a"], ["a 1"]), ("b 1", ["b [arm64]"], []),
    // Conflicts that only going back solves.
    (
      "a 1; Depends: b | c\nb 1; Depends: d\nd 1; Conflicts: e\nc 1\ne 1", ["a", "e"], ["a 1", "c 1", "e 1"]
    ),
    ("a 1; Depends: l\nb 1; Depends: l (<< 2)\nl 1\nl 2", ["a", "b"], ["a 1", "b 1", "l 1"]),
    ("a 1; Depends: b (= 1)\nb 1\nb 2", ["a"], ["a 1", "b 1"]),
    (
      "a 1; Depends: x | y\nb 1; Depends: y | x\nx 1; Breaks: b\ny 1; Breaks: c\nc 1", ["a", "b"],
      ["a 1", "b 1", "y 1"]
    ),
  ])
  func `requests get what apt would choose`(lines: String, requests: [String], expected: [String]) throws {
    #expect(try TestIndex.solve(TestIndex.index(lines), requests) == expected)
  }

  @Test func `recommends are followed only where asked for, and not for the variant`() throws {
    let index = try TestIndex.index(
      "base 1; Essential: yes; Recommends: br\nbr 1\na 1; Recommends: r, gone; Depends: base\nr 1; Recommends: s\ns 1\napt 1"
    )
    #expect(try TestIndex.solve(index, ["a"], .init(variant: .empty)) == ["a 1", "base 1"])
    #expect(
      try TestIndex.solve(index, ["a"], .init(variant: .minbase, recommends: true))
        == ["a 1", "apt 1", "base 1", "r 1", "s 1"])
  }

  @Test func `a recommendation that conflicts is left out`() throws {
    let index = try TestIndex.index("a 1; Recommends: r\nr 1; Conflicts: b\nb 1")
    #expect(
      try TestIndex.solve(index, ["a", "b"], .init(variant: .empty, recommends: true)) == ["a 1", "b 1"])
  }

  @Test func `the variant decides what is there`() throws {
    let index = try TestIndex.index("e 1; Essential: yes\nr 1; Priority: required\napt 1\nx 1")
    #expect(try TestIndex.solve(index, ["x"], .init(variant: .minbase)) == ["apt 1", "e 1", "r 1", "x 1"])
    #expect(try TestIndex.solve(index, ["x"], .init(variant: .essential)) == ["e 1", "x 1"])
  }

  @Test func `archives that are not automatic give nothing unless asked`() throws {
    let backports = PackageArchive(
      identifier: "bpo", suite: "stable-backports", codename: "bookworm-backports", isNotAutomatic: true,
      hasAutomaticUpgrades: true)
    let index = try TestIndex.index(
      "a 1; Depends: b\nb 1", more: [(backports, "a 2; Depends: b (>= 2)\nb 2")])
    #expect(try TestIndex.solve(index, ["a"]) == ["a 1", "b 1"])
    #expect(try TestIndex.solve(index, ["a/bookworm-backports"]) == ["a 2", "b 2"])
    let pins = PackagePins(rules: [
      .init(packages: ["b"], target: .release(["a": "*-backports"]), priority: 600)
    ])
    #expect(try TestIndex.solve(index, ["a"], .init(variant: .empty, pins: pins)) == ["a 1", "b 2"])
    let never = PackagePins(rules: [.init(packages: ["b*"], target: .version("1"), priority: -1)])
    #expect(try TestIndex.solve(index, ["a"], .init(variant: .empty, pins: never)) == ["a 1", "b 2"])
  }

  @Test func `what was chosen before stays where it still fits`() throws {
    let index = try TestIndex.index("a 1; Depends: b | c\nb 1\nb 2\nc 1\nd 1; Depends: b (>= 2)")
    func solve(_ requests: [String], _ kept: [String: String]) throws -> [String] {
      var pins: [PackageName: DebianVersion] = [:]
      for (name, version) in kept {
        pins[try #require(PackageName(name))] = try DebianVersion(parsing: version)
      }
      return try TestIndex.solve(index, requests, .init(variant: .empty, kept: pins))
    }
    #expect(try solve(["a"], ["b": "1"]) == ["a 1", "b 1"])
    #expect(try solve(["a"], ["c": "1"]) == ["a 1", "c 1"])
    #expect(try solve(["a", "d"], ["b": "1"]) == ["a 1", "b 2", "d 1"])
    #expect(try solve(["a"], ["b": "0.9"]) == ["a 1", "b 2"])
  }

  @Test func `every choice says why`() throws {
    let index = try TestIndex.index(
      "a 1; Depends: b, v | w; Pre-Depends: p\nb 1; Recommends: r\nx 1; Provides: v\np 1\nr 1\ne 1; Essential: yes"
    )
    let solution = try PackageSolver(index, .init(variant: .essential, recommends: true))
      .solve([try PackageRequest(parsing: "a")])
    let reasons = solution.choices.map {
      "\($0.package.name): \($0.because)" + ($0.alternative.map { " (\($0))" } ?? "")
    }
    #expect(
      reasons == [
        "a: requested", "b: depends of a", "e: essential", "p: pre-depends of a", "r: recommends of b",
        "x: depends of a (v | w)",
      ])
  }

  @Test(arguments: [
    (
      "nginx-light 1", ["ngnix-light"],
      "no archive has a package 'ngnix-light'\nhint: did you mean 'nginx-light'?"
    ),
    (
      "a 1", ["a (>= 2)"],
      "no archive offers 'a (>= 2)'\n  a 1 is in stable\nhint: ask for a version that is there, or add an archive that has it"
    ),
    (
      "a 1", ["a/sid"],
      "the suite 'sid' has no package 'a'\nhint: the suites at hand are bookworm, stable"
    ),
    (
      "a 1; Depends: b (>= 2)\nb 1", ["a"],
      "'a' cannot be installed\n  a is requested\n  a 1 depends on b (>= 2), which no archive offers\nhint: leave one of them out, or ask for another version or alternative"
    ),
    (
      "a 1; Depends: c\nb 1\nc 1; Conflicts: v\nd 1\nb 2; Provides: v", ["d", "a", "b=2"],
      "'a' and 'b (= 2)' cannot be installed together\n  a is requested\n  b (= 2) is requested\n  a 1 depends on c\n  c 1 conflicts with v, which is met by b 2\nhint: leave one of them out, or ask for another version or alternative"
    ),
  ])
  func `a refusal is a chain of reasons`(lines: String, requests: [String], text: String) throws {
    #expect {
      try TestIndex.solve(TestIndex.index(lines), requests)
    } throws: {
      let diagnostic = $0 as? Diagnostic
      #expect(diagnostic?.category == .noSolution)
      #expect(diagnostic?.description == text)
      return true
    }
  }

  @Test func `a chain of two thousand dependencies does not exhaust the stack`() throws {
    let lines = (0..<2000).map { "p\($0) 1; Depends: p\($0 + 1)" } + ["p2000 1"]
    let index = try TestIndex.index(lines.joined(separator: "\n"))
    #expect(try TestIndex.solve(index, ["p0"]).count == 2001)
  }
}
