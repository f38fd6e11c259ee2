import Essentials

extension Diagnostic {
  private static let networkHint =
    "check the network and the proxy settings (http_proxy, https_proxy, no_proxy);"
    + " what was fetched so far is kept, and the next run goes on from there"

  /// Nothing, or not all, came from `url`.
  static func notReached(_ what: String, _ url: ResourceURL, _ reason: String) -> Diagnostic {
    Diagnostic(
      .notAvailableOffline, "cannot fetch \(what) from \(url.place): \(reason)", hints: [networkHint])
  }

  /// The server refused.
  static func status(_ what: String, _ url: ResourceURL, _ status: Int) -> Diagnostic {
    let diagnostic = Diagnostic(.failed, "cannot fetch \(what): \(url.place) answered \(status)")
    return switch status {
    case 401, 403, 407:
      diagnostic.hint("check the credentials for \(url.place): in the URL or in ~/.netrc")
    case 404, 410:
      diagnostic.hint("the archive no longer has it; name another mirror, or run 'hardtack lock --upgrade'")
    default: diagnostic.hint("\(url.place) is in trouble; try later or name another mirror")
    }
  }

  /// The source is not what was asked for.
  static func wrongContent(_ what: String, _ url: ResourceURL, _ reason: String) -> Diagnostic {
    Diagnostic(
      .verificationFailed, "\(what) from \(url.place) \(reason)",
      hints: [
        "nothing of it was stored; name another mirror, or run 'hardtack lock' if the archive replaced the file on"
          + " purpose"
      ])
  }
}
