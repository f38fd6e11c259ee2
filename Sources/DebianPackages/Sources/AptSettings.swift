import Essentials

/// What of apt's configuration bears on resolution.
package struct AptSettings: Sendable {
  /// Whether a Release file past its Valid-Until is refused.
  package var checksValidUntil = true

  package init() {}

  /// Asks apt itself; a machine without apt has the defaults.
  /// - Parameter configuration: a file whose settings come on top, as apt takes it from `APT_CONFIG`.
  package static func ofThisMachine(configuration: String? = nil) async throws -> AptSettings {
    var settings = AptSettings()
    let options = configuration.map { ["--config-file", $0] } ?? []
    guard
      let result = try? await Command("apt-config", ["dump", "Acquire::Check-Valid-Until"] + options).run()
    else {
      try Task.checkCancellation()
      return settings
    }
    let value = result.outputText.split(separator: "\"").dropFirst().first ?? "true"
    settings.checksValidUntil = !["false", "no", "0", "off", "without", "disable"].contains(
      value.lowercased())
    return settings
  }
}
