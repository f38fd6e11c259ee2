import Essentials
import FoundationEssentials
import TestSupport
import Testing

@testable import PythonPackages

/// The reader of TOML against Python's own, `tomllib`.
@Suite struct TOMLTests {
  /// What `tomllib` makes of texts: each its canonical form, or nil where it refuses.
  private static func oracle(_ texts: [[UInt8]]) async throws -> [String?] {
    try await PythonTools.ask(
      """
      import base64, math, struct, tomllib
      def show(value):
          if isinstance(value, bool): return "true" if value else "false"
          if isinstance(value, str): return "s" + value.encode().hex()
          if isinstance(value, int): return f"i{value}" if -2**63 <= value < 2**63 else "big"
          if isinstance(value, float):
              bits = "%016x" % struct.unpack(">Q", struct.pack(">d", value))[0]
              return "nan" if math.isnan(value) else "f" + bits.lstrip("0")
          if isinstance(value, list): return "[" + ",".join(map(show, value)) + "]"
          if isinstance(value, dict):
              pairs = sorted((key.encode().hex(), show(each)) for key, each in value.items())
              return "{" + ",".join(f"{key}:{each}" for key, each in pairs) + "}"
          return "date"
      answer = []
      for text in question:
          try: answer.append(show(tomllib.loads(base64.b64decode(text).decode())))
          except (ValueError, RecursionError): answer.append(None)
      """, texts.map { Data($0).base64EncodedString() })
  }

  private func read(_ text: [UInt8]) -> TOMLDocument? { try? TOMLDocument(parsing: text, file: "x.toml") }

  private func compare(_ texts: [[UInt8]]) async throws {
    let answers = try await Self.oracle(texts)
    for (text, answer) in zip(texts, answers) where answer?.contains("big") != true {
      #expect(read(text)?.canonical == answer, "\(String(decoding: text, as: UTF8.self))")
    }
  }

  @Test func `texts made by hand are read as by tomllib, or refused as by it`() async throws {
    try await compare((TOMLTexts.valid + TOMLTexts.invalid).map { Array($0.utf8) })
    for text in TOMLTexts.valid { #expect(read(Array(text.utf8)) != nil, "\(text)") }
    for text in TOMLTexts.invalid { #expect(read(Array(text.utf8)) == nil, "\(text)") }
  }

  @Test func `random documents are read as by tomllib, or refused as by it`() async throws {
    var generator = SeededGenerator(seed: 751)
    try await compare((0..<6000).map { _ in Array(TOMLTexts.random(&generator).utf8) })
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func `mutated documents are read as by tomllib, or refused as by it`(_ seed: UInt64) async throws {
    var generator = SeededGenerator(seed: seed)
    let texts = TOMLTexts.valid.map { Array($0.utf8) }
    try await compare((0..<3000).map { _ in generator.mutated(generator.pick(texts)) })
  }

  @Test(arguments: [
    ("a = 1\nb = \n", "x.toml:2:5: expected a value, found the end of the line"),
    ("a = 1\n  a = 2\n", "x.toml:2:3: 'a' is there already"),
    ("[a]\n[b]\n[a]\n", "x.toml:3:1: 'a' is there already"),
    ("a = \"x\ny\"\n", "x.toml:1:5: a string isn't closed"),
    ("a = '''x\ny\n", "x.toml:1:5: a string isn't closed"),
    ("a = [1,\n 2\n 3]", "x.toml:3:2: expected ',' or ']', found '3]'"),
    ("a = {b = 1, }\n", "x.toml:1:13: expected a key, found '}'"),
    ("a = 1 b = 2\n", "x.toml:1:7: expected the end of the line, found 'b = 2'"),
    ("a = 99999999999999999999\n", "x.toml:1:5: a number doesn't fit in 64 bits"),
    ("a = \"\\q\"\n", "x.toml:1:6: there is no such escape in TOML"),
    ("x = [1]\n[[x]]\n", "x.toml:2:1: 'x' is no array of tables, and can't become one"),
    ("x = {a = 1}\n[x.b]\n", "x.toml:2:1: 'x' is a value, and can't be added to"),
  ])
  func `what's wrong is said with its line and column`(_ text: String, _ message: String) throws {
    let refusal = try #require(
      #expect(throws: Diagnostic.self) { try TOMLDocument(parsing: Array(text.utf8), file: "x.toml") })
    #expect(refusal.description == message)
    #expect(refusal.category == .usage)
  }

  @Test func `what isn't UTF-8, too deep or too long is refused`() throws {
    for (text, message) in [
      (Array("a = 1\nb = '".utf8) + [0xFF] + Array("'\n".utf8), "x.toml:2: x.toml isn't UTF-8 text"),
      (Array("a = ".utf8) + Array(repeating: 0x5B, count: 1_000_000), "nested at most 64 deep"),
      (Array(String(repeating: "{a=", count: 1_000_000).utf8), "expected a key"),
      (Array(("x=" + String(repeating: "{a=", count: 1_000_000)).utf8), "nested at most 64 deep"),
      (Array(repeating: 0x20, count: TOMLDocument.limit + 1), "at most 33554432 are read"),
      (Array((String(repeating: "a.", count: 1_000_000) + "a = 1").utf8), "a key has at most 64 parts"),
    ] {
      let refusal = try #require(
        #expect(throws: Diagnostic.self) { try TOMLDocument(parsing: text, file: "x.toml") })
      #expect(refusal.description.contains(message), "\(refusal)")
    }
  }

  @Test func `a long document is read in time`() throws {
    let one =
      "[[package]]\nname = \"a\"\nfiles = [\n{file = \"x\", hash = \"y\"},\n]\n[package.dependencies]\nb = 1\n"
    let text = Array(String(repeating: one, count: 100_000).utf8)
    let clock = ContinuousClock()
    let start = clock.now
    let document = try TOMLDocument(parsing: text, file: "x.toml")
    #expect(try document.root.tables("package").count == 100_000)
    #expect(clock.now - start < .seconds(30))
  }

  @Test func `values of another type than expected are named with their places`() throws {
    let table = try TOMLDocument(parsing: Array("a = 1\n b = [\n'x', 2]".utf8), file: "x.toml").root
    func message(_ body: () throws -> Void) throws -> String {
      try #require(#expect(throws: Diagnostic.self) { try body() }).description
    }
    #expect(
      try message { _ = try table.string("a") } == "x.toml:1:5: 'a' must be a string, not a whole number")
    #expect(
      try message { _ = try table.strings("b") } == "x.toml:3:6: 'b' must be a string, not a whole number")
    #expect(try message { _ = try table.table("b") } == "x.toml:2:6: 'b' must be a table, not an array")
  }
}

extension TOMLDocument {
  /// In the words of the oracle.
  fileprivate var canonical: String { canonical(0) }

  private func canonical(_ node: Node) -> String {
    func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
      bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
    switch nodes[node].value {
    case .string(let text): return "s" + hexadecimal(text.utf8)
    case .integer(let number): return "i\(number)"
    case .float(let number):
      if number.isNaN { return "nan" }
      return "f" + (number.bitPattern == 0 ? "" : String(number.bitPattern, radix: 16))
    case .boolean(let flag): return flag ? "true" : "false"
    case .date: return "date"
    case .array(let elements): return "[" + elements.map(canonical).joined(separator: ",") + "]"
    case .table(let entries):
      let pairs = entries.map { (hexadecimal($0.key), canonical($0.value)) }.sorted { $0 < $1 }
      return "{" + pairs.map { "\($0.0):\($0.1)" }.joined(separator: ",") + "}"
    }
  }
}
