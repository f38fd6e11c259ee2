import Essentials

/// What kind of place something is fetched from: it decides what to advise where that fails.
package enum SourceKind: Sendable {
  /// One of archives and package indexes that hold what a lockfile pins.
  case archive
  /// An OCI registry that an image was pushed to.
  case registry

  fileprivate var forCredentials: String {
    switch self {
    case .archive: "check the credentials: in the URL or in ~/.netrc"
    case .registry: "log in: docker login, or skopeo login; what they write is read"
    }
  }

  fileprivate var forGone: String {
    switch self {
    case .archive: "the archive no longer has it; name another mirror, or run 'hardtack lock --upgrade'"
    case .registry: "the registry has lost it; push the image again from where it is"
    }
  }

  fileprivate var forTrouble: String {
    switch self {
    case .archive: "the server is in trouble; try later or name another mirror"
    case .registry: "the registry is in trouble; try later"
    }
  }

  fileprivate var forWrongContent: String {
    switch self {
    case .archive:
      "nothing of it was stored; name another mirror, or run 'hardtack lock' if the archive replaced the file on purpose"
    case .registry:
      "nothing of it was stored; the registry, or something on the way, has changed it: try again, then push the image again"
    }
  }
}

extension Diagnostic {
  private static let networkHint =
    "check the network and the proxy settings (http_proxy, https_proxy, no_proxy);"
    + " what was done so far is kept, and the next run goes on from there"

  /// Nothing, or not all, came from `url`.
  static func notReached(_ what: String, _ url: ResourceURL, _ reason: String) -> Diagnostic {
    Diagnostic(
      .notAvailableOffline, "cannot fetch \(what) from \(url.place): \(reason)", hints: [networkHint])
  }

  /// No answer came to a request.
  static func unanswered(_ url: ResourceURL, _ reason: String) -> Diagnostic {
    Diagnostic(.notAvailableOffline, "cannot reach \(url.place): \(reason)", hints: [networkHint])
  }

  /// Whoever answers can't show to be the server.
  static func untrusted(_ url: ResourceURL, _ reason: String) -> Diagnostic {
    Diagnostic(
      .verificationFailed, "\(url.place) can't be trusted: \(reason)",
      hints: ["where its certificate is of an authority of your own, name that by SSL_CERT_FILE=FILE"])
  }

  /// The server refused.
  static func status(
    _ what: String, _ url: ResourceURL, _ status: Int, _ kind: SourceKind = .archive
  ) -> Diagnostic {
    let diagnostic = Diagnostic(.failed, "cannot fetch \(what): \(url.place) answered \(status)")
    return switch status {
    case 401, 403, 407: diagnostic.hint(kind.forCredentials)
    case 404, 410: diagnostic.hint(kind.forGone)
    default: diagnostic.hint(kind.forTrouble)
    }
  }

  /// The source is not what was asked for.
  static func wrongContent(
    _ what: String, _ url: ResourceURL, _ reason: String, _ kind: SourceKind
  ) -> Diagnostic {
    Diagnostic(
      .verificationFailed, "\(what) from \(url.place) \(reason)", hints: [kind.forWrongContent])
  }
}
