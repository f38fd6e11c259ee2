/// References on an index page, made absolute.
///
/// Source: RFC 3986, section 5.2, for the hierarchical URLs that indexes use.
enum RelativeURL {
  /// The URL that `reference` means on the page at `base`, and its fragment without `#`.
  static func resolve(_ reference: Substring, base: String) -> (url: String, fragment: Substring?) {
    let parts = reference.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
    let target = parts.first ?? ""
    return (absolute(target, base: base), parts.count > 1 ? parts[1] : nil)
  }

  private static func absolute(_ target: Substring, base: String) -> String {
    if hasScheme(target) { return String(target) }
    guard let colon = base.firstIndex(of: ":"), base[colon...].hasPrefix("://") else { return String(target) }
    if target.hasPrefix("//") { return String(base[...colon]) + target }
    let hostStart = base.index(colon, offsetBy: 3)
    let hostEnd = base[hostStart...].firstIndex { $0 == "/" || $0 == "?" || $0 == "#" } ?? base.endIndex
    if target.hasPrefix("/") { return String(base[..<hostEnd]) + target }
    let path = base[hostEnd...].prefix { $0 != "?" && $0 != "#" }
    let folder = path.lastIndex(of: "/").map { path[...$0] } ?? "/"
    return String(base[..<hostEnd]) + withoutDots(folder + target)
  }

  private static func hasScheme(_ text: Substring) -> Bool {
    let scheme = text.utf8.prefix { TextScanner.isAlphanumeric($0) || $0 == 43 || $0 == 45 || $0 == 46 }
    return !scheme.isEmpty && scheme.endIndex < text.utf8.endIndex && text.utf8[scheme.endIndex] == 58
  }

  private static func withoutDots(_ path: Substring) -> String {
    var kept: [Substring] = []
    for part in path.split(separator: "/", omittingEmptySubsequences: false) {
      switch part {
      case ".": continue
      case "..": if kept.count > 1 { kept.removeLast() }
      default: kept.append(part)
      }
    }
    return kept.joined(separator: "/")
  }
}
