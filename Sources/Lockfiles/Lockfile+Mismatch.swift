package import Essentials

extension Lockfile {
  /// The error of a pin whose digest is that of something else than it says: of `found`, for a person.
  package static func mismatch(_ name: String, _ version: String, _ found: String) -> Diagnostic {
    Diagnostic(
      .verificationFailed, "the lockfile pins \(name) \(version), and its digest is that of \(found)",
      hints: ["undo the change where the lockfile was edited, or remove it and run 'hardtack lock'"])
  }
}
