package import Essentials
import FoundationEssentials
package import Pools

/// A site's secrets, read from their source when they're first needed.
package actor SecretValues {
  private let source: SecretsSource?
  private let warn: @Sendable (String) -> Void
  private var known: [String: Secret]?

  /// - Parameter warn: is told of what the user should know and doesn't stop the work.
  package init(_ source: SecretsSource?, warn: @escaping @Sendable (String) -> Void) {
    self.source = source
    self.warn = warn
  }

  package func all() async throws -> [String: Secret] {
    if let known { return known }
    let values = try await source?.values(environment: ProcessInfo.processInfo.environment, warn: warn) ?? [:]
    known = values
    return values
  }
}
