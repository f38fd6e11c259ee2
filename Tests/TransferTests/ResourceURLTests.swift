import Essentials
import Testing

@testable import Transfer

@Suite struct ResourceURLTests {
  @Test func `takes a URL apart`() throws {
    let url = try ResourceURL("https://user:word@example.org:8080/a/b.whl?c=d#sha256=00")
    #expect(url.scheme == .https)
    #expect(url.host == "example.org")
    #expect(url.path == "/a/b.whl")
    #expect(url.fragment == "sha256=00")
    #expect(url.text == "https://user:word@example.org:8080/a/b.whl?c=d")
    #expect(url.description == "https://example.org:8080/a/b.whl?c=d")
  }

  @Test(arguments: [
    "", "example.org/x", "ftp://example.org/", "https://", "http://exa mple.org/", "http://example.org/\n",
    "gopher://example.org/", "https://example.org:99999/", "/etc/passwd", "http://example.org/\u{7F}",
  ])
  func `refuses`(_ text: String) {
    #expect(throws: Diagnostic.self) { try ResourceURL(text) }
  }

  @Test func `does not repeat credentials when it refuses`() {
    let error = #expect(throws: Diagnostic.self) { try ResourceURL("ftp://user:word@example.org/") }
    #expect(error?.description.contains("word") == false)
  }

  @Test(arguments: [
    ("../../packages/x.whl", "https://example.org/packages/x.whl"),
    ("/x", "https://example.org/x"), ("//example.test/x", "https://example.test/x"),
    ("y?z#f", "https://example.org/simple/django/y?z"), ("https://example.test/", "https://example.test/"),
  ])
  func `follows links`(_ link: String, _ whole: String) throws {
    #expect(try ResourceURL("https://example.org/simple/django/").resolving(link).text == whole)
  }

  @Test(arguments: ["file:///etc/passwd", "http://example.org/", "ftp://example.org/"])
  func `does not follow to what is less safe`(_ link: String) throws {
    let url = try ResourceURL("https://example.org/simple/")
    #expect(throws: Diagnostic.self) { try url.resolving(link) }
  }
}
