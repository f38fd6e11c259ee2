import Essentials
import Images

/// The systemd credentials of a guest: what it is, and its rendered secrets.
enum Credentials {
  /// Renders every secret of an image.
  /// - Throws: `usage`, naming each secret and the values that it misses.
  static func render(
    _ secrets: [SecretDeclaration], values: [String: Secret]
  ) throws(Diagnostic) -> [String: Secret] {
    var rendered: [String: Secret] = [:]
    var missing: [String] = []
    for secret in secrets {
      try check(secret.name)
      let template = try SecretTemplate(parsing: secret.template, file: "secret \(secret.name)")
      let fallbacks = Dictionary(
        secret.values.compactMap { value in value.fallback.map { (value.name, Secret($0)) } },
        uniquingKeysWith: { first, _ in first })
      let all = fallbacks.merging(values) { _, given in given }
      let absent = template.names.filter { all[$0] == nil }
      missing += absent.map { "the secret '\(secret.name)' needs the value '\($0)'" }
      if absent.isEmpty { rendered[secret.name] = try template.render(all) }
    }
    if let first = missing.first {
      throw Diagnostic(
        .usage,
        missing.count == 1
          ? "\(first), which isn't given" : "\(missing.count) values for secrets aren't given",
        notes: missing.count == 1 ? [] : missing.map { "  " + $0 },
        hints: ["give them with --secrets file:PATH, env:PREFIX or command:COMMAND"])
    }
    return rendered
  }

  /// The credentials of one instance, ready for a machine.
  static func all(
    secrets: [String: Secret], role: Role, instance: String, release: String?, image: Digest,
    reach: [Reach] = []
  ) -> [String: [UInt8]] {
    var all = secrets.mapValues { $0.reveal() }
    all["hardtack.role"] = Array(role.rawValue.utf8)
    all["hardtack.instance"] = Array(instance.utf8)
    all["hardtack.release"] = Array((release ?? image.short).utf8)
    all["hardtack.image"] = Array(image.description.utf8)
    if !reach.isEmpty { all["hardtack.reach"] = Reach.credential(reach) }
    return all
  }

  private static let own = [
    "hardtack.role", "hardtack.instance", "hardtack.release", "hardtack.image", "hardtack.reach",
  ]

  private static func check(_ name: String) throws(Diagnostic) {
    let limit = 55 - MachineArguments.credentialPrefix.utf8.count
    guard name.utf8.count <= limit else {
      throw Diagnostic(
        .usage,
        "the name of the secret '\(name)' has \(name.utf8.count) bytes; QEMU hands on \(limit) at most",
        hints: ["give it a shorter name in the recipe and bake again"])
    }
    guard !own.contains(name) else {
      throw Diagnostic(.usage, "the secret '\(name)' has the name of a credential that every instance gets")
    }
  }
}
