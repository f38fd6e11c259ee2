import Essentials
import Images
import Testing

@testable import Pools

@Suite struct CredentialsTests {
  private let secret = SecretDeclaration(
    name: "app.env", template: "KEY={{ key }}\nURL={{ url }}\n",
    values: [.init(name: "key"), .init(name: "url", fallback: "sqlite")])

  @Test func `renders with fallbacks for what isn't given`() throws {
    let rendered = try Credentials.render([secret], values: ["key": Secret("k"), "other": Secret("o")])
    #expect(rendered == ["app.env": Secret("KEY=k\nURL=sqlite\n")])
  }

  @Test func `prefers a given value to a fallback`() throws {
    let rendered = try Credentials.render([secret], values: ["key": Secret("k"), "url": Secret("postgres")])
    #expect(rendered == ["app.env": Secret("KEY=k\nURL=postgres\n")])
  }

  @Test func `names the secret and the value that is missing`() throws {
    let error = #expect(throws: Diagnostic.self) { try Credentials.render([secret], values: [:]) }
    #expect(try #require(error).message == "the secret 'app.env' needs the value 'key', which isn't given")
    #expect(try #require(error).category == .usage)
  }

  @Test(arguments: ["hardtack.role", "hardtack.image", "a-name-of-thirty-bytes-at-least"])
  func `refuses a name that can't be handed on`(name: String) {
    let secret = SecretDeclaration(name: name, template: "", values: [])
    #expect(throws: Diagnostic.self) { try Credentials.render([secret], values: [:]) }
  }
}
