import Essentials
import Testing

@testable import Pools

@Suite struct SecretsFileTests {
  @Test(arguments: [
    ("a=1", "1"), ("export a=1", "1"), (" a = 1 ", "1"), ("a=", ""), ("a=b=c", "b=c"),
    ("a='x # y'", "x # y"), (#"a="x\ny""#, "x\ny"), (#"a='x\ny'"#, #"x\ny"#),
    (#"a="\"\\\$HOME""#, #""\$HOME"#),
    ("a=x # comment", "x"), ("a=x#y", "x#y"), (#"a="x" # comment"#, "x"), ("a=$HOME", "$HOME"),
    ("a=ü", "ü"), ("# b=2\n\na=1\r\n", "1"), (#"{"a": "1\u00e4"}"#, "1ä"), (" \n{\"a\":\"\"}", ""),
  ])
  func `reads one value`(text: String, value: String) throws {
    #expect(try SecretsFile.parse(Array(text.utf8), name: "f") == ["a": Secret(value)])
  }

  @Test(arguments: [
    ("hunter2", 1), ("a=1\n\nhunter2", 3), ("a=1\na=2", 2), ("a-b=1", 1), ("=1", 1), ("a='hunter2", 1),
    (#"a="x" hunter2"#, 1),
  ])
  func `refuses a line that isn't right, and never shows it`(text: String, line: Int) throws {
    let error = #expect(throws: Diagnostic.self) { try SecretsFile.parse(Array(text.utf8), name: "f") }
    let diagnostic = try #require(error)
    #expect(diagnostic.location == Diagnostic.Location(file: "f", line: line))
    #expect(!diagnostic.description.contains("hunter2"))
  }

  @Test(arguments: [#"{"a": 1}"#, #"{"a": {"b": "c"}}"#, #"{"a": "b""#])
  func `refuses JSON that is no object of texts`(text: String) {
    #expect(throws: Diagnostic.self) { try SecretsFile.parse(Array(text.utf8), name: "f") }
  }
}
