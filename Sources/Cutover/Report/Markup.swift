import Glibc

/// Texts and numbers as they stand in a page.
enum Markup {
  /// Any text, with what HTML and SVG would read otherwise replaced. Control characters are left out.
  static func text(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      case "\n", "\t": result += " "
      default:
        switch scalar.properties.generalCategory {
        // Format characters too: some turn the direction of what follows.
        case .control, .format, .surrogate, .unassigned: continue
        default: result.unicodeScalars.append(scalar)
        }
      }
    }
    return result
  }

  /// At most so many characters, the rest as an ellipsis; not yet escaped.
  static func shortened(_ text: String, _ limit: Int) -> String {
    text.count > limit ? text.prefix(limit - 1) + "…" : text
  }

  /// A number with its thousands set apart: `12 345`.
  static func count(_ number: Int) -> String {
    let digits = String(number.magnitude)
    var result = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index).isMultiple(of: 3) { result += "\u{202F}" }
      result.append(digit)
    }
    return (number < 0 ? "-" : "") + result
  }

  /// Microseconds as people read them: `0.8 ms`, `12 ms`, `1.25 s`, `3 min 05 s`.
  static func duration(_ time: Int64) -> String {
    let time = max(0, time)
    if time < 9950 { return fixed(Double(time) / 1000, 1) + " ms" }
    if time < 999_500 { return "\((time + 500) / 1000) ms" }
    if time < 59_995_000 { return fixed(Double(time) / 1e6, 2) + " s" }
    let seconds = (time + 500_000) / 1_000_000
    let minutes = seconds / 60
    let rest = seconds % 60
    if minutes < 60 { return "\(minutes) min \(rest < 10 ? "0" : "")\(rest) s" }
    return "\(minutes / 60) h \(minutes % 60 < 10 ? "0" : "")\(minutes % 60) min"
  }

  /// A number with so many decimals.
  static func fixed(_ number: Double, _ decimals: Int) -> String {
    guard number.isFinite, abs(number) < 1e12 else { return "0" }
    var scale = 1
    for _ in 0..<decimals { scale *= 10 }
    let scaled = Int((abs(number) * Double(scale)).rounded())
    let sign = number < 0 && scaled > 0 ? "-" : ""
    guard decimals > 0 else { return sign + String(scaled) }
    let rest = String(scaled % scale)
    return sign + "\(scaled / scale)." + String(repeating: "0", count: decimals - rest.count) + rest
  }

  /// A coordinate of a drawing.
  static func place(_ number: Double) -> String { fixed(number, 1) }

  /// A moment, `2026-01-31 09:05:00 UTC`.
  static func date(_ time: Int64) -> String {
    var seconds = time_t(time / 1_000_000)
    var parts = tm()
    guard gmtime_r(&seconds, &parts) != nil else { return "?" }
    func two(_ number: Int32) -> String { (number < 10 ? "0" : "") + "\(number)" }
    return "\(Int(parts.tm_year) + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday)) "
      + "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)) UTC"
  }
}
