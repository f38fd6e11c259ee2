import Essentials
import SystemPackage
import TestSupport
import Testing

@testable import Transfer

@Suite struct PageTests {
  let server: HostileServer
  let downloader: Downloader
  let content = Array(String(repeating: "a page\n", count: 1000).utf8)

  init() throws {
    server = try HostileServer()
    downloader = try Downloader(Patience().configuration)
    try DurableFile.write(content, to: server.folder.appending("page"))
  }

  @Test func `unpacks what is sent compressed`() async throws {
    let response = try await downloader.get(Request(try server.url("page", "page")))
    #expect(response.status == 200)
    #expect(response.body == content)
    #expect(response.headers["etag"] == "\"one\"")
  }

  @Test func `lets a caller ask whether a page has changed`() async throws {
    let url = try server.url("page", "page")
    let response = try await downloader.get(Request(url, headers: [("If-None-Match", "\"one\"")]))
    #expect(response.status == 304)
    #expect(response.body.isEmpty)
  }

  @Test func `says where a page came from in the end`() async throws {
    let response = try await downloader.get(Request(try server.url("moved", "page")))
    #expect(response.url == (try server.url("ok", "page")))
  }

  @Test func `returns that there is no such page`() async throws {
    #expect(try await downloader.get(Request(try server.url("absent", "page"))).status == 404)
    let file = try ResourceURL("file://" + server.folder.appending("none").string)
    #expect(try await downloader.get(Request(file)).status == 404)
  }

  @Test func `refuses a page that is longer than allowed, unpacked`() async throws {
    let url = try server.url("page", "page")
    await #expect(throws: Diagnostic.self) { try await downloader.get(Request(url, limit: 6999)) }
    #expect(try await downloader.get(Request(url, limit: 7000)).body.count == 7000)
  }

  @Test(arguments: ["loop", "to-file", "truncate", "busy", "endless", "headers"])
  func `gives up on a server that does`(_ mode: String) async throws {
    let url = try server.url(mode, "page")
    await #expect(throws: Diagnostic.self) { try await downloader.get(Request(url, limit: 1 << 20)) }
  }

  @Test func `refuses a header that would begin another`() async throws {
    let request = Request(try server.url("ok", "page"), headers: [("X", "a\r\nHost: example.org")])
    await #expect(throws: Diagnostic.self) { try await downloader.get(request) }
  }

  @Test func `gets many pages at once`() async throws {
    let url = try server.url("page", "page")
    let downloader = downloader
    let bodies = try await (0..<200).concurrentMap(limit: 100) { _ in
      try await downloader.get(Request(url)).body.count
    }
    #expect(bodies == Array(repeating: 7000, count: 200))
  }
}
