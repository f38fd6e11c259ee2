import Glibc

extension Downloader {
  /// How a downloader behaves towards the network.
  package struct Configuration: Sendable {
    /// So many artifacts are under way at a time.
    package var parallel = 16
    /// No more requests than this are with libcurl at a time; others wait.
    package var maximumActive = 32
    package var connectTimeout: Duration = .seconds(15)
    /// A transfer that stays below ``minimumRate`` for so long is broken off and tried again.
    package var stallTimeout: Duration = .seconds(30)
    /// In bytes a second.
    package var minimumRate = 1000
    package var maximumRedirects = 10
    /// How often all mirrors are tried in turn.
    package var rounds = 4
    /// The longest pause before the second round; it doubles from round to round.
    package var backoff: Duration = .milliseconds(250)
    /// No pause is longer, whatever a server asks for.
    package var maximumPause: Duration = .seconds(30)
    /// A file of certificates to trust in place of the system's.
    package var certificates: String?
    package var userAgent = "hardtack/1"
    /// Waits; tests pass one that doesn't.
    package var pause: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    /// A number from 0 to 1; tests pass one that is known.
    package var random: @Sendable () -> Double = { Double.random(in: 0...1) }

    package init() {}

    /// What the environment asks for: the certificates that pip, curl or OpenSSL would use. (libcurl reads
    /// `http_proxy`, `https_proxy`, `all_proxy` and `no_proxy` by itself.)
    /// - Parameter kind: for a registry what is meant for OpenSSL counts first, and last what is meant for pip.
    package init(for kind: SourceKind = .archive, environment: (String) -> String?) {
      let names = ["PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"]
      certificates = (kind == .archive ? names : names.reversed()).compactMap { environment($0) }
        .first { !$0.isEmpty }
    }
  }
}
