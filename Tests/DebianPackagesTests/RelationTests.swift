import DebianPackages
import Essentials
import Testing

@Suite struct RelationTests {
  @Test(arguments: [
    ("nginx-light", "nginx-light"), ("nginx(>=1.22)", "nginx (>= 1.22)"), ("python3:any", "python3:any"),
    ("libc6:amd64 ( << 2.40~ ) ", "libc6:amd64 (<< 2.40~)"), ("a (< 1)", "a (<= 1)"), ("a (> 1)", "a (>= 1)"),
    ("a (= 1:2-3) [amd64 !arm64]", "a (= 1:2-3) [amd64 !arm64]"), ("a|b (>> 2) | c", "a | b (>> 2) | c"),
    (" \t a\n | b ", "a | b"), ("a (>= 1) | a (<= 0)", "a (>= 1) | a (<= 0)"),
  ])
  func `a group reads in every spelling and writes in one`(text: String, canonical: String) throws {
    let group = try RelationGroup(parsing: text)
    #expect(group.description == canonical)
    #expect(try RelationGroup(parsing: canonical) == group)
  }

  @Test func `a field is a list of groups`() throws {
    let groups = try RelationGroup.list(parsing: "a (>= 1),\n b | c,, d:any,")
    #expect(groups.map(\.description) == ["a (>= 1)", "b | c", "d:any"])
    #expect(try RelationGroup.list(parsing: " ").isEmpty)
  }

  @Test(arguments: [
    ("", "it is empty"), ("a, b", "a comma separates what must stand on its own"),
    ("a |", "nothing follows the '|'"), ("a b", "a comma or '|' must stand before 'b'"),
    ("a (1.0)", "one of << <= = >= >> must follow the '('"), ("a (>= 1", "a ')' is missing"),
    ("a (>= )", "a version is missing before the ')'"), ("| a", "a package's name must stand before '| a'"),
    ("-a", "'-a' cannot be a package's name"), ("../etc", "'../etc' cannot be a package's name"),
    ("a (>= 1-)", "in version '1-', its revision is empty"),
    ("a []", "no architecture stands between the brackets"),
    ("a <!nocheck>", "a comma or '|' must stand before '<!nocheck>'"),
    ("a:", "an architecture behind the colon is missing at its end"),
  ])
  func `a fault is named`(text: String, fault: String) {
    #expect {
      try RelationGroup(parsing: text)
    } throws: {
      ($0 as? Diagnostic)?.message == "'\(text)' is no package relation: \(fault)"
    }
  }

  @Test(arguments: [
    ("a", true), ("a [amd64]", true), ("a [arm64]", false), ("a [!arm64]", true), ("a [!amd64]", false),
    ("a [linux-any]", true), ("a [!linux-any]", false), ("a [any-amd64 armhf]", true),
  ])
  func `brackets say where a relation counts`(text: String, counts: Bool) throws {
    #expect(try Relation(parsing: text).counts(on: .amd64) == counts)
  }

  @Test(arguments: [
    ("<<", false, false), ("<=", true, false), ("=", true, false), (">=", true, true), (">>", false, true),
  ])
  func `a constraint admits by dpkg's order`(comparison: String, same: Bool, higher: Bool) throws {
    let constraint = try #require(try Relation(parsing: "a (\(comparison) 1.0)").constraint)
    #expect(try constraint.admits(DebianVersion(parsing: "0:1.0-0")) == same)
    #expect(try constraint.admits(DebianVersion(parsing: "1.0+b1")) == higher)
  }
}
