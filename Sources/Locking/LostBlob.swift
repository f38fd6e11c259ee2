package import Essentials
import Storage

/// A blob that is needed and isn't stored, and what a person can do about it.
package struct LostBlob: Sendable, Equatable {
  package let digest: Digest
  /// Name and version, where a lockfile tells them.
  package let label: String?
  /// Who needs it, as in `the lockfile of recipes/logic`.
  package let users: [String]
  /// What brings it back.
  package let commands: [String]
  /// Why fetching it failed, where that was tried.
  package let failure: String?

  init(_ loss: Store.Loss, label: String?, failure: Diagnostic?) {
    digest = loss.digest
    self.label = label
    self.failure = failure?.message
    var users: [String] = []
    var commands: [String] = []
    for root in loss.roots {
      let releases = root.kind == .image ? loss.releases.map { " (\($0))" }.joined() : ""
      users.append(root.user + releases)
      let command = root.renewal(
        isFetched: label != nil || root.labels[Root.fetchedLabel] == digest.description,
        release: loss.releases.last)
      if let command { commands.append(command) }
    }
    if users.isEmpty { users = loss.releases.map { "the release \($0)" } }
    self.users = users
    var seen: Set<String> = []
    self.commands = commands.filter { seen.insert($0).inserted }
  }

  /// One line of a report.
  package var line: String {
    "  \(digest)" + (label.map { " (\($0))" } ?? "") + ": needed by " + users.joined(separator: ", ")
      + (failure.map { "; \($0)" } ?? "")
  }
}

extension Root {
  fileprivate var user: String {
    switch kind {
    case .lockfile: "the lockfile of \(name)"
    case .image: "the image \(Digest(hexadecimal: name)?.short ?? name)"
    case .pool: "the pool \(name)"
    case .archive: "the archive \(name)"
    }
  }

  /// The command that makes or fetches anew what this root needs.
  fileprivate func renewal(isFetched: Bool, release: String?) -> String? {
    switch kind {
    case .lockfile:
      // What else it names is what the choice was made from, which is kept for whoever wants to check it.
      isFetched ? "hardtack fetch \(name)" : "hardtack lock \(name)"
    case .image:
      labels[Root.folderLabel].map { folder in
        let name = release.flatMap { $0 == labels[Root.recipeLabel] ? nil : " --release \($0)" }
        return "hardtack bake \(folder)" + (name ?? "")
      }
    case .pool, .archive: nil
    }
  }
}
