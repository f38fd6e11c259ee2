extension SwapReport {
  /// A drawing as wide as the page.
  func drawing(_ title: String, height: Double, _ body: String) -> String {
    """
    <svg viewBox="0 0 \(Markup.place(TimeAxis.width)) \(Markup.place(height))" role="img" aria-label="\(Markup.text(title))">
    \(body)
    </svg>
    """
  }

  /// One bar a step, at the time it took.
  func timeline(_ axis: TimeAxis) -> String {
    guard !steps.isEmpty else { return "" }
    let row = 22.0
    let height = Double(steps.count) * row + 6
    var body = axis.grid(height: height)
    for (index, step) in steps.enumerated() {
      let end = step.end ?? axis.end
      let x = axis.place(step.start)
      let width = max(3, axis.place(end) - x)
      let y = Double(index) * row + 4
      let took = step.end == nil ? "" : Markup.duration(max(0, end - step.start))
      let middle = Markup.place(y + 12)
      body += """

        <g><title>\(Markup.text(step.name)): \(step.outcome.rawValue)\(took.isEmpty ? "" : ", " + took)</title>\
        <text class="name" text-anchor="end" x="\(Markup.place(TimeAxis.left - 12))" y="\(middle)">\
        \(Markup.text(Markup.shortened(step.name, 28)))</text>\
        <rect class="step \(step.outcome.rawValue)" x="\(Markup.place(x))" y="\(Markup.place(y))" \
        width="\(Markup.place(width))" height="16" rx="3"/>
        """
      // Beside the bar, on the side where there's room.
      let isRight = x + width < TimeAxis.right - 90
      let place = isRight ? x + width + 6 : x - 6
      body += """
        <text class="label" text-anchor="\(isRight ? "start" : "end")" x="\(Markup.place(place))" y="\(middle)">\(took)</text></g>
        """
    }
    return """
      <section>
      <h2>Timeline</h2>
      \(drawing("timeline of the steps", height: height + 24, body))
      </section>
      """
  }
}
