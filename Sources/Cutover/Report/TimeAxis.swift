/// The time of a report as places from left to right, the same in all its drawings.
struct TimeAxis {
  let start: Int64
  let end: Int64

  /// In units of the drawings: between the labels on the left and the edge on the right.
  static let left = 190.0
  static let right = 975.0
  static let width = 1000.0

  init(_ report: SwapReport) {
    let times =
      report.steps.flatMap { [$0.start, $0.end ?? $0.start] }
      + report.buckets.flatMap { [$0.start, $0.start &+ $0.width] }
    start = times.min() ?? 0
    end = max(times.max() ?? 0, start &+ 1)
  }

  func place(_ time: Int64) -> Double {
    let share = (Double(time) - Double(start)) / max(1, Double(end) - Double(start))
    return Self.left + min(max(share, 0), 1) * (Self.right - Self.left)
  }

  /// Lines at round times, named at the bottom.
  func grid(height: Double) -> String {
    let span = Double(end) - Double(start)
    var step = 1e3
    search: while true {
      for factor in [1.0, 2, 5] where span / (step * factor) <= 8 {
        step *= factor
        break search
      }
      step *= 10
    }
    // From a minute on, steps that divide minutes and hours.
    if step >= 5e7 {
      step = [6e7, 1.2e8, 3e8, 6e8, 1.2e9, 3.6e9].first { span / $0 <= 8 } ?? (span / 8)
    }
    var text = ""
    var offset = 0.0
    while offset <= span {
      let x = place(start + Int64(offset))
      text +=
        "<line class=\"grid\" x1=\"\(Markup.place(x))\" x2=\"\(Markup.place(x))\" y1=\"0\" y2=\"\(Markup.place(height))\"/>"
      let name = offset == 0 ? "0" : Markup.fixed(offset / 1e6, step < 1e6 ? (step < 1e5 ? 2 : 1) : 0) + " s"
      text +=
        "<text class=\"label\" text-anchor=\"middle\" x=\"\(Markup.place(x))\" y=\"\(Markup.place(height + 16))\">\(name)</text>"
      offset += step
    }
    return text
  }
}
