import DebianPackages

// Which version of a package counts: behaviour of apt_preferences(5).
extension AptCase {
  private static let upgraded = "a 1; Depends: b\nb 1\n@backports\na 2; Depends: b (>= 2)\nb 2"

  static let policy = [
    // The highest version of the highest priority, wherever it's listed.
    AptCase("a 1\na 3\na 2", "a", "a 3"),
    AptCase("a 1\n@security\na 2", "a", "a 2"),
    AptCase("a 2\n@security\na 1", "a", "a 2"),
    AptCase("a 1:1\n@security\na 2", "a", "a 1:1"),
    AptCase("a 1~rc1\na 1", "a", "a 1"),
    AptCase("a 1+b1\na 1", "a", "a 1+b1"),
    AptCase("a 1.10\na 1.9", "a", "a 1.10"),
    AptCase("a 1\n@vendor\na 2", "a", "a 2"),
    // Archives that aren't automatic.
    AptCase(upgraded, "a", "a 1, b 1"),
    AptCase(upgraded, "b/stable-backports a", "a 1, b 2"),
    AptCase(upgraded, "a=1", "a 1, b 1"),
    AptCase("a 1\n@experimental\nb 1", "b", "b 1"),
    AptCase("a 1\n@experimental\na 3\n@backports\na 2", "a", "a 1"),
    AptCase("@experimental\na 3\n@backports\na 2", "a", "a 2"),
    AptCase("a 1; Depends: b (>= 2) | c\nb 1\nc 1\n@backports\nb 2", "a", "a 1, c 1"),
    AptCase("a 1; Depends: v\n@backports\nb 2; Provides: v", "a", "a 1, b 2"),
    AptCase("a 1; Depends: v\nb 1\n@backports\nb 2; Provides: v", "b a", nil, beyond: "a 1, b 2"),
    // A request for a version or a suite.
    AptCase("a 1\na 2", "a=1", "a 1"),
    AptCase("a 1\na 2", "a=3", nil),
    AptCase("a 1\n@security\na 2", "a/stable", "a 1"),
    AptCase("a 1\n@security\na 2", "a/bookworm", "a 1"),
    AptCase("a 1\n@security\na 2", "a/12.1", "a 1"),
    AptCase("a 1\n@security\na 2", "a/sid", nil),
    AptCase("a 1; Depends: b (= 1)\nb 1\nb 2", "a b=1", "a 1, b 1"),
    AptCase("a 1\na 2; Depends: none", "a=1", "a 1"),
    // Pins by release, version, pattern.
    AptCase(upgraded, "a", "a 1, b 2", .init("b", release: ["a": "stable-backports"], 600)),
    AptCase(upgraded, "a", "a 2, b 2", .init("*", release: ["n": "bookworm-backports"], 500)),
    AptCase(upgraded, "a", "a 1, b 1", .init("*", release: ["n": "bookworm-backports"], 499)),
    AptCase("a 1\na 2", "a", "a 1", .init("a", version: "1", 1001)),
    AptCase("a 1.1\na 1.2\na 2", "a", "a 1.2", .init("a", version: "1.*", 900)),
    AptCase("a 1\na 2", "a", "a 1", .init("a", version: "2", -1)),
    AptCase("a 1", "a", nil, .init("a", release: ["o": "Test"], -1)),
    AptCase("a 1\n@vendor\na 2", "a", "a 1", .init("*", release: ["o": "Vendor"], 100)),
    AptCase("a 1\n@vendor\na 2\nb 1", "a b", nil, .init("*", release: ["o": "Vendor"], -10)),
    AptCase("a 1\n@vendor\na 2", "a", "a 2", .init("*", release: ["l": "Test"], 400)),
    AptCase("aa 1\naa 2\nb 1\nb 2", "aa b", "aa 1, b 2", .init("a*", version: "1", 900)),
    AptCase(
      "a 1\n@vendor\na 2", "a", "a 2", .init("a", release: ["o": "Vendor"], 600),
      .init("*", release: ["o": "Vendor"], 1)),
    AptCase(
      "a 1\n@vendor\na 2", "a", "a 1", .init("a", release: ["o": "Vendor"], 100),
      .init("a", release: ["o": "Vendor"], 900)),
    AptCase(
      "a 1\n@vendor\na 2", "a", "a 2", .init("*", release: ["o": "Vendor"], 1),
      .init("a", release: ["o": "Vendor"], 600)),
    AptCase("a 1\n@security\na 2", "a", "a 1", .init("*", release: ["a": "stable", "v": "12*"], 700)),
    AptCase("a 1\nb 1", "a b", nil, .init("a", "b", release: ["c": "main"], -1)),
  ]
}
