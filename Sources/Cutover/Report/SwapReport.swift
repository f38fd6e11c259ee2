/// What happened in a swap, for people: one page that needs nothing but itself.
///
/// All times are microseconds since 1970.
package struct SwapReport: Codable, Sendable, Hashable {
  package enum Outcome: String, Codable, Sendable, Hashable, CaseIterable {
    case done
    case failed
    /// Taken back.
    case undone
    case unfinished
  }

  package struct Step: Codable, Sendable, Hashable {
    package var name: String
    package var start: Int64
    /// Nil for one that has not ended.
    package var end: Int64?
    package var outcome: Outcome
    /// What there is to say of it; may be empty.
    package var detail: String

    package init(_ name: String, from start: Int64, to end: Int64?, _ outcome: Outcome, detail: String = "") {
      self.name = name
      self.start = start
      self.end = end
      self.outcome = outcome
      self.detail = detail
    }
  }

  package var title: String
  package var outcome: Outcome
  /// One sentence on the outcome; may be empty.
  package var conclusion: String
  package var steps: [Step]
  /// What the witness saw, where there was one.
  package var summary: WitnessSummary?
  package var buckets: [WitnessBucket]

  package init(
    title: String, outcome: Outcome, conclusion: String = "", steps: [Step], summary: WitnessSummary? = nil,
    buckets: [WitnessBucket] = []
  ) {
    self.title = title
    self.outcome = outcome
    self.conclusion = conclusion
    self.steps = steps
    self.summary = summary
    self.buckets = buckets
  }

  /// A whole HTML file: no script, nothing from elsewhere, fit for light, dark and paper.
  package func html() -> String {
    let axis = TimeAxis(self)
    let parts: [String] = [
      header(axis), totals, timeline(axis), latencies(axis), rates(axis), windowTable, stepTable(axis),
    ]
    return """
      <!doctype html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>\(Markup.text(title))</title>
      <style>
      \(Self.style)
      </style>
      </head>
      <body>
      \(parts.filter { !$0.isEmpty }.joined(separator: "\n"))
      </body>
      </html>

      """
  }

  private func header(_ axis: TimeAxis) -> String {
    """
    <header>
    <h1>\(Markup.text(title))</h1>
    <p><span class="outcome \(outcome.rawValue)">\(outcome.rawValue)</span> \(Markup.text(conclusion))</p>
    <p class="when">\(Markup.date(axis.start)), \(Markup.duration(axis.end - axis.start))</p>
    </header>
    """
  }

  private var totals: String {
    guard let summary else { return "" }
    func tile(_ name: String, _ value: String, _ kind: String = "") -> String {
      "<div class=\"tile \(kind)\"><b>\(value)</b><span>\(name)</span></div>"
    }
    let total = summary.total
    var tiles = [
      tile("requests", Markup.count(total.requests)),
      tile("failed", Markup.count(total.failures), total.failures > 0 ? "bad" : "good"),
      tile("median", total.median.map(Markup.duration) ?? "–"),
      tile("99th percentile", total.p99.map(Markup.duration) ?? "–"),
      tile("slowest", total.maximum.map(Markup.duration) ?? "–"),
      tile("longest stall", summary.longestStall.map { Markup.duration($0.length) } ?? "–"),
    ]
    if total.unanswered > 0 { tiles.append(tile("not waited for", Markup.count(total.unanswered))) }
    var text = "<section class=\"tiles\">\(tiles.joined())</section>"
    if !summary.failures.isEmpty {
      let reasons = summary.failures.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map {
        "\(Markup.text($0.key)): \(Markup.count($0.value))"
      }
      text += "\n<p class=\"bad\">Failed by reason: \(reasons.joined(separator: ", ")).</p>"
    }
    // More than a request's usual latency, and what is shown would be the witness's own.
    if summary.longestLag > 50_000 {
      text +=
        "\n<p>The witness itself was up to \(Markup.duration(summary.longestLag)) late; latencies include that.</p>"
    }
    return text
  }

  private var windowTable: String {
    guard let summary else { return "" }
    let rows = (summary.windows + [summary.total]).map { window in
      let cells: [String] = [
        Markup.count(window.requests), Markup.count(window.failures),
        window.median.map(Markup.duration) ?? "–",
        window.p90.map(Markup.duration) ?? "–", window.p99.map(Markup.duration) ?? "–",
        window.maximum.map(Markup.duration) ?? "–",
      ]
      let kind = window.failures > 0 ? " class=\"bad\"" : ""
      return "<tr\(kind)><th scope=\"row\">\(Markup.text(window.name))</th>"
        + cells.map { "<td>\($0)</td>" }.joined() + "</tr>"
    }
    return """
      <section>
      <h2>Requests by when they were due</h2>
      <table>
      <thead><tr><th>from</th><th>requests</th><th>failed</th><th>median</th><th>p90</th><th>p99</th><th>slowest</th></tr></thead>
      <tbody>
      \(rows.joined(separator: "\n"))
      </tbody>
      </table>
      </section>
      """
  }

  private func stepTable(_ axis: TimeAxis) -> String {
    guard !steps.isEmpty else { return "" }
    let rows = steps.map { step in
      """
      <tr><th scope="row">\(Markup.text(step.name))</th><td>+\(Markup.duration(max(0, step.start - axis.start)))</td>\
      <td>\(step.end.map { Markup.duration(max(0, $0 - step.start)) } ?? "–")</td>\
      <td><span class="outcome \(step.outcome.rawValue)">\(step.outcome.rawValue)</span></td>\
      <td class="text">\(Markup.text(step.detail))</td></tr>
      """
    }
    return """
      <section>
      <h2>Steps</h2>
      <table>
      <thead><tr><th>step</th><th>begun</th><th>took</th><th>outcome</th><th class="text">notes</th></tr></thead>
      <tbody>
      \(rows.joined(separator: "\n"))
      </tbody>
      </table>
      </section>
      """
  }
}
