import Glibc

extension SwapReport {
  /// Median, 99th percentile and slowest over time. The scale is logarithmic: an ordinary answer takes milliseconds, one that
  /// was held takes seconds, and both matter.
  func latencies(_ axis: TimeAxis) -> String {
    let values = buckets.flatMap { [$0.median, $0.p99, $0.maximum].compactMap(\.self) }.map {
      max(Double($0), 1)
    }
    guard let least = values.min(), let most = values.max() else { return "" }
    let height = 220.0
    let bottom = floor(log10(least))
    let top = max(bottom + 1, ceil(log10(most)))
    func y(_ value: Int64) -> Double {
      height - (log10(max(Double(value), 1)) - bottom) / (top - bottom) * height
    }
    var body = axis.grid(height: height)
    for power in Int(bottom)...Int(top) {
      let value = Int64(pow(10, Double(power)))
      body += line(y(value))
      let name =
        value < 1000 ? "\(value) µs" : value < 1_000_000 ? "\(value / 1000) ms" : "\(value / 1_000_000) s"
      body += label(name, y(value))
    }
    body += marks(axis, height: height)
    for (kind, value) in [("maximum", \WitnessBucket.maximum), ("p99", \.p99), ("median", \.median)] {
      var path = ""
      var isDown = false
      for bucket in buckets {
        guard let value = bucket[keyPath: value] else {
          isDown = false
          continue
        }
        let x = axis.place(bucket.start + bucket.width / 2)
        // A bucket by itself would else be no line at all.
        path += isDown ? "L" : "M\(Markup.place(x - 0.5)) \(Markup.place(y(value)))L"
        path += "\(Markup.place(x)) \(Markup.place(y(value)))"
        isDown = true
      }
      body += "\n<path class=\"\(kind)\" d=\"\(path)\"/>"
    }
    body += failureMarks(axis)
    return """
      <section>
      <h2>Latency</h2>
      <p class="legend"><i class="median"></i>median <i class="p99"></i>99th percentile <i class="maximum"></i>slowest\
      \(failureLegend)<span>of the requests that were due then; logarithmic</span></p>
      \(drawing("latency over time", height: height + 24, body))
      </section>
      """
  }

  /// Answers a second over time, by who gave them, and failures on top.
  func rates(_ axis: TimeAxis) -> String {
    guard let width = buckets.first?.width, width > 0 else { return "" }
    var names: [String] = []
    for bucket in buckets {
      for name in bucket.answers.keys.sorted() where !names.contains(name) { names.append(name) }
    }
    let seconds = Double(width) / 1e6
    // The last bucket is cut off wherever the witness ended, so it sets no scale.
    let most = buckets.map { Double($0.answers.values.reduce(0, +) + $0.failures) / seconds }.max() ?? 0
    guard most > 0 else { return "" }
    let height = 160.0
    let step = Self.roundStep(most / 4)
    let top = (most / step).rounded(.up) * step
    var body = axis.grid(height: height)
    for index in 0...Int((top / step).rounded()) {
      let value = Double(index) * step
      body += line(height - value / top * height)
      body += label(Markup.fixed(value, step < 1 ? 1 : 0) + "/s", height - value / top * height)
    }
    for bucket in buckets {
      let x = axis.place(bucket.start)
      let right = axis.place(bucket.start + bucket.width)
      var y = height
      let parts =
        names.enumerated().map { ("answers c\($0.offset % 6)", bucket.answers[$0.element] ?? 0) }
        + [("failures", bucket.failures)]
      for (kind, count) in parts where count > 0 {
        let part = Double(count) / seconds / top * height
        y -= part
        body += """
          <rect class="\(kind)" x="\(Markup.place(x))" y="\(Markup.place(y))" width="\(Markup.place(right - x))" \
          height="\(Markup.place(max(part, kind == "failures" ? 2 : 0)))"/>
          """
      }
    }
    body += marks(axis, height: height)
    let legend = names.enumerated().map { index, name in
      "<i class=\"c\(index % 6)\"></i>\(Markup.text(name.isEmpty ? "unnamed" : name))"
    }
    return """
      <section>
      <h2>Answers a second, by release</h2>
      <p class="legend">\(legend.joined(separator: " "))\(failureLegend)</p>
      \(drawing("answers a second by release", height: height + 24, body))
      </section>
      """
  }

  private var failureLegend: String {
    buckets.contains { $0.failures > 0 } ? " <i class=\"failures\"></i>failed" : ""
  }

  /// Where each step begins.
  private func marks(_ axis: TimeAxis, height: Double) -> String {
    steps.map { step in
      let x = Markup.place(axis.place(step.start))
      return
        "<line class=\"mark\" x1=\"\(x)\" x2=\"\(x)\" y1=\"0\" y2=\"\(Markup.place(height))\"><title>\(Markup.text(step.name))</title></line>"
    }.joined()
  }

  private func failureMarks(_ axis: TimeAxis) -> String {
    buckets.filter { $0.failures > 0 }.map { bucket in
      let x = axis.place(bucket.start)
      return """
        <rect class="failures" x="\(Markup.place(x))" y="0" \
        width="\(Markup.place(max(2, axis.place(bucket.start + bucket.width) - x)))" height="6">\
        <title>\(bucket.failures) failed</title></rect>
        """
    }.joined()
  }

  private func line(_ y: Double) -> String {
    "<line class=\"grid\" x1=\"\(Markup.place(TimeAxis.left))\" x2=\"\(Markup.place(TimeAxis.right))\" y1=\"\(Markup.place(y))\" y2=\"\(Markup.place(y))\"/>"
  }

  private func label(_ name: String, _ y: Double) -> String {
    "<text class=\"label\" text-anchor=\"end\" x=\"\(Markup.place(TimeAxis.left - 12))\" y=\"\(Markup.place(max(10, y + 4)))\">\(name)</text>"
  }

  /// The least of 1, 2 and 5 times a power of ten that isn't under `value`.
  private static func roundStep(_ value: Double) -> Double {
    let power = pow(10, floor(log10(value)))
    return ([1, 2, 5].first { $0 * power >= value } ?? 10) * power
  }
}
