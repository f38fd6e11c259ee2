extension StringProtocol {
  /// The text as a message can show it: on one line, control characters as `\u{1b}`, and cut off where it's long.
  package var printable: String {
    var shown = ""
    for scalar in unicodeScalars.prefix(200) {
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator:
        shown += "\\u{" + String(scalar.value, radix: 16) + "}"
      default: shown.unicodeScalars.append(scalar)
      }
    }
    return unicodeScalars.dropFirst(200).isEmpty ? shown : shown + "…"
  }
}
