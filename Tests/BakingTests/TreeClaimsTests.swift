import Essentials
import Testing

@testable import Baking

@Suite struct TreeClaimsTests {
  private static let folder = TreeClaims.FolderMetadata(permissions: 0o755, owner: 0, group: 0, modified: 1)

  private func claims(replaces: [Set<String>] = [[], []]) -> TreeClaims {
    TreeClaims(names: ["one", "two"], replaces: replaces, links: ["bin": "usr/bin", "lib": "usr/lib"])
  }

  @Test(arguments: [[0, 1], [1, 0]])
  func `names both packages that ship a file`(order: [Int]) throws {
    let claims = claims()
    #expect(try claims.claim("etc/file", by: order[0], .other) == .write)
    let error = #expect(throws: Diagnostic.self) { try claims.claim("etc/file", by: order[1], .other) }
    #expect(error?.message == "the packages one and two both ship /etc/file")
  }

  @Test func `lets the package that declares Replaces have the file, whoever comes first`() throws {
    let first = claims(replaces: [[], ["one"]])
    #expect(try first.claim("file", by: 0, .other) == .write)
    #expect(try first.claim("file", by: 1, .other) == .replace)
    let second = claims(replaces: [[], ["one"]])
    #expect(try second.claim("file", by: 1, .other) == .write)
    #expect(try second.claim("file", by: 0, .other) == .skip)
  }

  @Test(arguments: [[0, 1], [1, 0]])
  func `lets the later of the list have it where both declare Replaces`(order: [Int]) throws {
    let claims = claims(replaces: [["two"], ["one"]])
    _ = try claims.claim("file", by: order[0], .other)
    #expect(try claims.claim("file", by: order[1], .other) == (order[1] == 1 ? .replace : .skip))
  }

  @Test(arguments: [[0, 1], [1, 0]])
  func `gives a shared folder the looks that the first package of the list has for it`(order: [Int]) throws {
    let claims = claims()
    for owner in order {
      var metadata = Self.folder
      metadata.permissions = owner == 0 ? 0o700 : 0o755
      #expect(try claims.claimFolder("var", by: owner, metadata) == (owner == order[0]))
    }
    #expect(claims.folders().map(\.metadata.permissions) == [0o700])
  }

  @Test func `refuses a file where another package has a folder, and the other way round`() throws {
    let claims = claims()
    _ = try claims.claimFolder("a", by: 0, Self.folder)
    #expect(throws: Diagnostic.self) { try claims.claim("a", by: 1, .other) }
    _ = try claims.claim("b", by: 0, .other)
    #expect(throws: Diagnostic.self) { try claims.claimFolder("b", by: 1, Self.folder) }
  }

  @Test func `lets a folder be a link that stands there`() throws {
    #expect(try !claims().claimFolder("lib", by: 0, Self.folder))
  }

  @Test func `refuses a path that a package ships twice`() throws {
    let claims = claims()
    _ = try claims.claim("file", by: 0, .other)
    let error = #expect(throws: Diagnostic.self) { try claims.claim("file", by: 0, .other) }
    #expect(error?.message == "the package one ships /file twice")
  }

  @Test(arguments: [
    ("bin/sh", "usr/bin/sh"), ("lib/systemd/system/x", "usr/lib/systemd/system/x"), ("etc/x", "etc/x"),
    ("bin", "bin"),
  ])
  func `follows the links of the merged usr in folders`(path: String, resolved: String) throws {
    #expect(try claims().resolve(path) == resolved)
  }

  @Test(arguments: [("loop", "loop"), ("out", "../../etc"), ("chain", "out/x")])
  func `refuses a path behind a loop, or a link that leaves the tree`(name: String, target: String) throws {
    let claims = TreeClaims(
      names: ["one"], replaces: [[]], links: ["loop": "loop", "out": "../../etc", "chain": "out/x"])
    let error = #expect(throws: Diagnostic.self) { try claims.resolve("\(name)/file") }
    #expect(error?.category == .verificationFailed)
  }
}
