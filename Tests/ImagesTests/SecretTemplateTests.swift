import Essentials
import Images
import Testing

@Suite struct SecretTemplateTests {
  private static let values = ["a": Secret("1"), "b_2": Secret("{{ a }}"), "empty": Secret("")]

  @Test(arguments: [
    ("", ""), ("plain", "plain"), ("{{ a }}", "1"), ("x{{a}}y{{\ta  }}\n", "x1y1\n"),
    ("{{ b_2 }}", "{{ a }}"),
    ("[{{ empty }}]", "[]"), ("{{ '{{' }} a }}", "{{ a }}"), ("{{'{{'}}", "{{"),
    ("{\"a\": {\"b\": \"{{ a }}\"}}", "{\"a\": {\"b\": \"1\"}}"),
    ("a } }} { b", "a } }} { b"), ("é{{ a }}é", "é1é"),
  ])
  func `renders`(_ text: String, _ expected: String) throws {
    let template = try SecretTemplate(parsing: text, file: "t")
    #expect(String(decoding: try template.render(Self.values).reveal(), as: UTF8.self) == expected)
  }

  @Test(arguments: [
    ("{{", "t:1:1: '{{' must be followed by the name of a value"),
    ("a\n é {{ 1a }}", "t:2:4: '{{' must be followed by the name of a value"),
    ("{{ a", "t:1:1: '{{' isn't closed by '}}' behind the name"),
    ("{{ a }", "t:1:1: '{{' isn't closed by '}}' behind the name"),
    ("{{ a\n}}", "t:1:1: '{{' isn't closed by '}}' behind the name"),
    ("{{ a | upper }}", "t:1:1: '{{' isn't closed by '}}' behind the name"),
    ("{{{ a }}", "t:1:1: '{{' must be followed by the name of a value"),
    ("{{ '{{' ", "t:1:1: '{{' isn't closed by '}}' behind the name"),
  ])
  func `refuses`(_ text: String, _ expected: String) throws {
    let error = try #require(throws: Diagnostic.self) { try SecretTemplate(parsing: text, file: "t") }
    #expect(error.description.split(separator: "\n").first.map(String.init) == expected)
    #expect(error.hints.count == 1)
  }

  @Test func `names its places in order`() throws {
    let template = try SecretTemplate(parsing: "{{ b }}\n{{ a }}{{ b }}", file: "t")
    #expect(template.names == ["b", "a"])
    #expect(template.places.map(\.line) == [1, 2, 2])
    #expect(template.places.map(\.column) == [1, 1, 8])
  }

  @Test func `names the value that is missing, and no other value`() throws {
    let template = try SecretTemplate(parsing: "{{ a }}{{ c }}", file: "t")
    let error = try #require(throws: Diagnostic.self) { try template.render(["a": Secret("hidden")]) }
    #expect(error.message == "the value 'c' isn't given")
    #expect(!error.description.contains("hidden"))
  }

  @Test func `carries bytes that are no text`() throws {
    let template = try SecretTemplate(parsing: "<{{ a }}>", file: "t")
    #expect(try template.render(["a": Secret([0, 0xFF])]).reveal() == [0x3C, 0, 0xFF, 0x3E])
  }
}
