import DebianPackages
import Essentials
import Testing

@Suite struct ControlParagraphTests {
  @Test func `fields are found in any case, with continuations and without comments`() throws {
    let text = "Package: a\nDepends: b,\n# none of this: x\n c (>= 1)\nEmpty:\n\n\nPackage: d\r\n"
    let paragraphs = try ControlParagraph.list(parsing: Array(text.utf8), name: "control")
    #expect(paragraphs.count == 2)
    #expect(paragraphs[0]["DEPENDS"] == "b,\n c (>= 1)")
    #expect(try paragraphs[0].relations("depends").map(\.description) == ["b", "c (>= 1)"])
    #expect(paragraphs[0]["empty"] == "")
    #expect(paragraphs[0]["none"] == nil)
    #expect(paragraphs[0].line(of: "Empty") == 5)
    #expect(paragraphs[1]["package"] == "d")
    #expect(paragraphs[1].line(of: "package") == 8)
  }

  @Test(arguments: [("A: 1\nB\n", 2), (" A: 1\n", 1), ("A: 1\nB: 2\nA: 3\n", 3), (": x\n", 1)])
  func `a malformed line is refused with its number`(text: String, line: Int) {
    #expect {
      try ControlParagraph.list(parsing: Array(text.utf8), name: "control")
    } throws: {
      ($0 as? Diagnostic)?.location == .init(file: "control", line: line)
    }
  }

  @Test func `one paragraph is not two`() {
    #expect(
      throws: Diagnostic(.verificationFailed, "control must hold one paragraph and holds 2")
    ) { try ControlParagraph(parsing: "A: 1\n\nB: 2\n", name: "control") }
  }
}
