import Essentials
import SystemPackage
import TestSupport
import Testing

@testable import Pools

@Suite struct ReachTests {
  @Test(arguments: [
    ("database=127.0.0.1:5432", "database", "127.0.0.1", 5432, 5432),
    ("cache-2:6380=cache.example.test:6379", "cache-2", "cache.example.test", 6379, 6380),
    ("a=[fd00::1]:1", "a", "fd00::1", 1, 1),
  ])
  func `reads what a person writes, and writes it so`(
    text: String, name: String, host: String, port: Int, guestPort: Int
  ) throws {
    let way = try Reach(parsing: text)
    #expect((way.name, way.host) == (name, host))
    #expect((Int(way.port), Int(way.guestPort)) == (port, guestPort))
    #expect(way.description == text)
  }

  @Test(arguments: [
    "", "=", "a=", "a=b", "a=b:", "a=b:0", "a=b:65536", "a=b:+1", "a=:1", "=b:1", "A=b:1", "a b=c:1",
    "a:=b:1",
    "a:0=b:1", "a:1:2=b:1", "a=-b:1", "a=fd00::1:1", "a=b;c:1", "a=b'c:1", "a=b,c:1", "a=b c:1", "a=[b:1",
    "a=\u{e9}:1",
  ])
  func `refuses what is no service`(text: String) {
    let error = #expect(throws: Diagnostic.self) { try Reach(parsing: text) }
    #expect(error?.category == .usage)
  }

  @Test(arguments: [
    (["a=x:1", "a=y:2"], "two services are called 'a': a=x:1 and a=y:2"),
    (["a=x:1", "b=y:1"], "the services 'a' and 'b' have the same port in the guest: 1"),
  ])
  func `refuses services that a guest couldn't tell apart`(texts: [String], message: String) throws {
    let ways = try texts.map { try Reach(parsing: $0) }
    let error = #expect(throws: Diagnostic.self) { try Reach.requireDistinct(ways) }
    #expect(error?.message == message)
  }

  @Test func `tells guests where they find each`() throws {
    let ways = try ["database=127.0.0.1:5432", "mail:25=mail.example.test:587"].map {
      try Reach(parsing: $0)
    }
    #expect(
      String(decoding: Reach.credential(ways), as: UTF8.self)
        == "database=10.0.2.100:5432\nmail=10.0.2.100:25\n")
  }

  @Test func `quotes a path as GLib's shell splits it`() throws {
    let option = RelayProgram.option(try Reach(parsing: "a=b:1"), in: "/it's, so")
    #expect(option == #"guestfwd=tcp:10.0.2.100:1-cmd:'/it'\''s, so/relay' b 1"#)
  }
}
