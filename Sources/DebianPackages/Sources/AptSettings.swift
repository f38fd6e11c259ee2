import Essentials

/// What of apt's configuration bears on resolution.
package struct AptSettings: Sendable {
  /// Whether a Release file past its Valid-Until is refused.
  package var checksValidUntil = true

  package init() {}

  /// Asks apt itself; a machine without apt has the defaults.
  package static func ofThisMachine() async throws -> AptSettings {
    var settings = AptSettings()
    guard let result = try? await Command("apt-config", ["dump", "Acquire::Check-Valid-Until"]).run() else {
      try Task.checkCancellation()
      return settings
    }
    let value = result.outputText.split(separator: "\"").dropFirst().first ?? "true"
    settings.checksValidUntil = !["false", "no", "0", "off", "without", "disable"].contains(
      value.lowercased())
    return settings
  }
}
