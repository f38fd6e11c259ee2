import DebianPackages

// How what a package asks for is met: alternatives, providers, other architectures, conflicts.
extension AptCase {
  static let alternatives = [
    AptCase("a 1; Depends: b | c\nb 1\nc 1", "a", "a 1, b 1"),
    AptCase("a 1; Depends: b | c\nb 1\nc 1", "a c", "a 1, c 1"),
    AptCase("a 1; Depends: b | c\nc 1", "a", "a 1, c 1"),
    AptCase("a 1; Depends: b (>= 2) | c\nb 1\nc 1", "a", "a 1, c 1"),
    AptCase("a 1; Depends: b | c\nb 1; Depends: none\nc 1", "a", "a 1, c 1"),
    AptCase("a 1; Depends: b | c\nb 1; Depends: d\nd 1; Depends: none\nc 1", "a", "a 1, c 1"),
    AptCase("a 1; Depends: b | c, c | b\nb 1\nc 1", "a", "a 1, b 1"),
    AptCase("a 1; Depends: b | c, c\nb 1\nc 1", "a", "a 1, b 1, c 1"),
    AptCase("a 1; Depends: c, b | c\nb 1\nc 1", "a", "a 1, c 1"),
    AptCase("a 1; Depends: b | c\nb 1; Conflicts: d\nc 1\nd 1", "a d", "a 1, c 1, d 1"),
    AptCase("a 1; Depends: b | c; Conflicts: b\nb 1\nc 1", "a", "a 1, c 1"),
    AptCase("a 1; Pre-Depends: b | c; Depends: c\nb 1\nc 1", "a", "a 1, b 1, c 1"),
    AptCase("a 1; Depends: d; Pre-Depends: p\nd 1\np 1", "a", "a 1, d 1, p 1"),
    AptCase("a 1; Depends: b | v\nx 1; Provides: v", "a", "a 1, x 1"),
    AptCase("a 1; Recommends: b | c\nb 1\nc 1", "a", "a 1, b 1", recommends: true),
    AptCase("a 1; Recommends: b\nb 1", "a", "a 1"),
    AptCase("a 1; Recommends: none", "a", "a 1", recommends: true),
    AptCase("a 1; Recommends: b\nb 1; Depends: none", "a", "a 1", recommends: true),
    AptCase("a 1; Recommends: b\nb 1; Conflicts: d\nd 1", "a d", "a 1, d 1", recommends: true),
    AptCase("a 1; Recommends: b; Conflicts: b\nb 1", "a", "a 1", recommends: true),
    AptCase(
      "a 1; Depends: b\nb 1; Recommends: c\nc 1; Depends: d\nd 1", "a", "a 1, b 1, c 1, d 1", recommends: true
    ),
    AptCase("a 1; Suggests: b\nb 1", "a", "a 1", recommends: true),
    AptCase("a 1; Depends: b\nb 1; Depends: a", "a", "a 1, b 1"),
    AptCase("a 1; Depends: b (<< 2), b (>= 1)\nb 1\nb 2", "a", nil, beyond: "a 1, b 1"),
    AptCase("a 1; Depends: b (= 2)\nb 1\nb 2", "a", "a 1, b 2"),
  ]

  static let providers = [
    AptCase("a 1; Depends: v\nv 1\np 1; Provides: v", "a", "a 1, v 1"),
    AptCase("a 1; Depends: v\nx 1; Provides: v\ny 1; Provides: v", "a", "a 1, y 1"),
    AptCase("x 1; Provides: v\ny 1; Provides: v\na 1; Depends: v, x", "a", "a 1, x 1, y 1"),
    AptCase("a 1; Depends: x, v\nx 1; Provides: v\ny 1; Provides: v", "a", "a 1, x 1"),
    AptCase(
      "a 1; Depends: v\nx 1; Provides: v; Priority: important\ny 1; Provides: v; Priority: optional", "a",
      "a 1, x 1"),
    AptCase(
      "a 1; Depends: v\nx 1; Provides: v; Priority: optional\ny 1; Provides: v; Priority: extra", "a",
      "a 1, x 1"),
    AptCase("a 1; Depends: v\nx 1; Provides: v; Protected: yes\ny 1; Provides: v", "a", "a 1, x 1"),
    AptCase("a 1; Depends: v (>= 2)\nx 1; Provides: v\ny 1; Provides: v (= 2)", "a", "a 1, y 1"),
    AptCase("a 1; Depends: v (>= 2)\nx 1; Provides: v (= 3)\ny 1; Provides: v (= 1)", "a", "a 1, x 1"),
    AptCase("a 1; Depends: v (>= 2)\nx 3; Provides: v", "a", nil),
    AptCase("a 1; Depends: v (<< 2)\nv 3\nx 1; Provides: v (= 1)", "a", "a 1, x 1"),
    AptCase("a 1; Depends: v\nx 1; Provides: v; Depends: none\ny 1; Provides: v", "a", "a 1, y 1"),
    AptCase("x 1; Provides: v", "v", "x 1"),
    AptCase("x 1; Provides: v\ny 1; Provides: v", "v", nil, beyond: "y 1"),
    AptCase("a 1; Depends: v", "v", nil),
    AptCase("x 1; Provides: v (= 2)", "v=2", "x 1"),
    AptCase("a 1; Depends: v\nx 1; Provides: v\nx 2", "a", nil, beyond: "a 1, x 1"),
    AptCase("a 1; Depends: m\nm 1; Provides: mta; Conflicts: mta", "a", "a 1, m 1"),
    AptCase("m 1; Provides: mta; Conflicts: mta\nn 1; Provides: mta; Conflicts: mta", "m n", nil),
    AptCase(
      "a 1; Depends: mta\nm 1; Provides: mta; Conflicts: mta\nn 1; Provides: mta; Conflicts: mta", "a m",
      "a 1, m 1"),
    AptCase(
      "m 1; Provides: mta; Conflicts: mta\nd 1; Depends: m | mta\nn 1; Provides: mta; Conflicts: mta", "d n",
      "d 1, n 1"),
    AptCase("a 1; Conflicts: v\nx 1; Provides: v", "a x", nil),
    AptCase("a 1; Conflicts: v (<< 2)\nx 1; Provides: v", "a x", "a 1, x 1"),
    AptCase("a 1; Conflicts: v (<< 2)\nx 1; Provides: v (= 1)", "a x", nil),
    AptCase("a 1; Breaks: v (<< 2)\nx 1; Provides: v (= 3)", "a x", "a 1, x 1"),
  ]

  static let architectures = [
    AptCase("a 1; Depends: p:any\np 1; Multi-Arch: allowed", "a", "a 1, p 1"),
    AptCase("a 1; Depends: p:any\np 1", "a", nil),
    AptCase("a 1; Depends: p:any\np 1; Multi-Arch: foreign", "a", nil),
    AptCase("a 1; Depends: p:any | q\np 1; Multi-Arch: same\nq 1", "a", "a 1, q 1"),
    AptCase("a 1; Depends: p:any (>= 2) | q\np 1; Multi-Arch: allowed\nq 1", "a", "a 1, q 1"),
    AptCase("a 1; Depends: p:any (>= 2)\np 2; Multi-Arch: allowed", "a", "a 1, p 2"),
    AptCase("a 1; Depends: p:native\np 1", "a", "a 1, p 1"),
    AptCase("a 1; Depends: p:amd64\np 1", "a", "a 1, p 1"),
    AptCase("a 1; Depends: p:arm64 | q\np 1\nq 1", "a", "a 1, q 1"),
    AptCase("a 1; Depends: p\np 1; Architecture: all", "a", "a 1, p 1"),
    AptCase("a 1; Depends: p\np 1; Architecture: arm64", "a", nil),
    AptCase("a 1; Depends: v\nx 1; Provides: v; Multi-Arch: allowed", "a", "a 1, x 1"),
    AptCase("a 1; Depends: v:any\nx 1; Provides: v; Multi-Arch: allowed", "a", "a 1, x 1"),
    AptCase("a 1; Architecture: all; Depends: p\np 1; Multi-Arch: foreign", "a:amd64", "a 1, p 1"),
    AptCase("a 1; Conflicts: p:any\np 1; Multi-Arch: allowed", "a p", nil),
    AptCase("a 1; Breaks: p:any\np 1", "a p", "a 1, p 1"),
  ]

  static let conflicts = [
    AptCase("a 1; Conflicts: b\nb 1", "a b", nil),
    AptCase("a 1; Conflicts: b (<< 2)\nb 1\nb 2", "a b", "a 1, b 2"),
    AptCase("a 1; Conflicts: b (>= 2)\nb 1\nb 2", "a b", nil, beyond: "a 1, b 1"),
    AptCase("a 1; Depends: b; Breaks: b (<< 1)\nb 1", "a", "a 1, b 1"),
    AptCase("a 1; Depends: b\nb 1; Conflicts: c\nc 1", "a c", nil),
    AptCase("a 1; Conflicts: a\nb 1; Depends: a", "b", "a 1, b 1"),
    AptCase("a 1; Breaks: a (<< 2)", "a", "a 1"),
    AptCase("a 1; Replaces: b\nb 1", "a b", "a 1, b 1"),
    AptCase("a 1; Depends: b | c\nb 1; Depends: d\nd 1; Conflicts: e\nc 1\ne 1", "a e", "a 1, c 1, e 1"),
    AptCase(
      "a 1; Depends: x | y\nb 1; Depends: y | x\nx 1; Breaks: b\ny 1; Breaks: c\nc 1", "a b", "a 1, b 1, y 1"),
    AptCase("a 1; Depends: b | c, d | e\nb 1; Conflicts: d\nc 1\nd 1\ne 1", "a", "a 1, b 1, e 1"),
    AptCase("a 1; Depends: b | c\nb 1; Conflicts: a\nc 1", "a", "a 1, c 1"),
    AptCase("a 1; Depends: none\nb 1", "b a", nil),
  ]
}
