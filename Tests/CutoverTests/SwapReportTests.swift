import Cutover
import Essentials
import FoundationEssentials
import TestSupport
import Testing

@Suite struct SwapReportTests {
  private static let start: Int64 = 1_750_000_000_000_000

  private static func record(
    _ index: Int, _ latency: Int64, _ answerer: String, _ outcome: WitnessRecord.Outcome = .answered(200)
  ) -> WitnessRecord {
    WitnessRecord(
      number: index, due: start + Int64(index) * 10_000, method: .get, kept: true, latency: latency,
      outcome: outcome, answerer: answerer, lag: 0)
  }

  private static func report(_ name: String, failing: Bool = true) -> SwapReport {
    var records = (0..<1000).map { record($0, Int64(1500 + $0 % 7 * 300), $0 < 600 ? name : "green") }
    for index in 500..<600 { records[index].latency = Int64(600 - index) * 10_000 }
    if failing { records[700].outcome = .failed(.reset) }
    return SwapReport(
      title: "Swap of \(name)", outcome: .done, conclusion: "Traffic goes to \(name).",
      steps: [
        .init("hold \(name)", from: start + 5_000_000, to: start + 6_000_000, .done, detail: "1 & 2"),
        .init("watch", from: start + 6_000_000, to: nil, .unfinished),
      ],
      summary: WitnessSummary(records, marks: [.init("hold \(name)", at: start + 5_000_000)]),
      buckets: WitnessBucket.series(records))
  }

  /// What a browser's and an XML parser find in it: names of elements, attributes with addresses, and texts.
  private struct Found: Decodable {
    var elements: [String]
    var texts: [String]
    var unclosed: [String]
    var drawings: Int
  }

  private func parse(_ html: String) async throws -> Found {
    let script = """
      import html.parser, json, re, sys, xml.etree.ElementTree as tree
      page = sys.stdin.read()
      found = dict(elements=[], texts=[], unclosed=[], drawings=0)
      class Parser(html.parser.HTMLParser):
          def handle_starttag(self, tag, attributes):
              found['elements'].append(tag)
              if tag != 'meta': found['unclosed'].append(tag)
          def handle_startendtag(self, tag, attributes): found['elements'].append(tag)
          def handle_endtag(self, tag): assert found['unclosed'].pop() == tag, tag
          def handle_data(self, data): found['texts'].append(data)
      Parser().feed(page)
      for drawing in re.findall(r'<svg.*?</svg>', page, re.S):
          tree.fromstring(drawing)
          found['drawings'] += 1
      json.dump(found, sys.stdout)
      """
    let output = try await Command("python3", ["-c", script], input: Array(html.utf8)).output()
    return try JSONDecoder().decode(Found.self, from: Data(output))
  }

  @Test(arguments: [
    "blue", "<script>alert(1)</script>", "\"><img src=x onerror=y>", "a&lt;b&amp;c", "]]><!--", "'",
    "\u{0}\u{1b}[31m\u{202e}x",
    "日本 €", String(repeating: "long ", count: 200),
  ])
  func `shows any name as text`(_ name: String) async throws {
    let html = Self.report(name).html()
    let found = try await parse(html)
    let known: Set = [
      "html", "head", "meta", "title", "style", "body", "header", "h1", "h2", "p", "span", "section", "div",
      "b", "i",
      "svg", "g", "text", "line", "rect", "path", "table", "thead", "tbody", "tr", "th", "td",
    ]
    #expect(Set(found.elements).isSubset(of: known))
    #expect(found.unclosed.isEmpty)
    #expect(found.drawings == 3)
    let shown = String(
      name.unicodeScalars.filter { !["\u{0}", "\u{1b}", "\u{202e}"].contains($0) }.map(Character.init))
    #expect(found.texts.contains("Swap of \(shown)"))
  }

  @Test func `needs nothing from elsewhere`() {
    let html = Self.report("blue").html()
    for word in ["http:", "https:", "//", "<script", "<link", "<img", "url(", "@import", "src=", "href="] {
      #expect(!html.contains(word), "\(word)")
    }
  }

  @Test func `says in red what failed, and only then`() {
    #expect(Self.report("blue").html().contains("Failed by reason: reset: 1."))
    let good = Self.report("blue", failing: false).html()
    #expect(!good.contains("class=\"failures\""))
    #expect(!good.contains("class=\"bad\""))
  }

  @Test func `is a page even where there is nothing to say`() async throws {
    let empty = SwapReport(title: "", outcome: .unfinished, steps: [])
    #expect(try await parse(empty.html()).drawings == 0)
    let single = SwapReport(
      title: "x", outcome: .failed, steps: [.init("a", from: 5, to: 5, .failed)],
      summary: WitnessSummary([]), buckets: WitnessBucket.series([Self.record(0, 0, "")]))
    #expect(try await parse(single.html()).unclosed.isEmpty)
  }
}
