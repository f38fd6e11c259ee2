package import SystemPackage

/// Which HAProxy it is, and what its instances are asked.
package struct HAProxySettings: Sendable, Hashable {
  package enum Kind: Sendable, Hashable {
    /// One of our own, that listens there; it's started where it doesn't run.
    case embedded(address: String, port: UInt16)
    /// The user's, which nobody here starts or stops.
    case existing(socket: FilePath)
  }

  /// What an instance is asked to see that it's well; the answer must have the status 200.
  package struct Check: Codable, Sendable, Hashable {
    /// Path and query.
    package var path: String
    package var host: String
    /// Whether to speak as a balancer that has taken the encryption off.
    package var secure: Bool

    package init(path: String = "/healthz/", host: String = "localhost", secure: Bool = false) {
      self.path = path
      self.host = host
      self.secure = secure
    }
  }

  package var kind: Kind
  /// What is kept written: for one of our own the whole configuration, else the section of the backend.
  package var file: FilePath
  package var backend: String
  package var check: Check
  /// How many requests an instance is given at a time; more wait in the balancer, where they can still go to another.
  package var requests = 32

  /// A HAProxy of our own.
  /// - Parameters:
  ///   - folder: what it may write to; it is made, for its owner only.
  ///   - address: where it listens, an IPv4 address.
  package static func embedded(
    in folder: FilePath, address: String = "127.0.0.1", port: UInt16, check: Check = Check()
  ) -> Self {
    Self(
      kind: .embedded(address: address, port: port), file: folder.appending("haproxy.cfg"), backend: "app",
      check: check)
  }

  /// The user's HAProxy; ``instructions`` says what it must be given.
  /// - Parameters:
  ///   - socket: its runtime socket, of the level `admin`.
  ///   - backend: the name of the backend, which is for us alone.
  ///   - file: where to keep the backend's section, and `hardtack.lua` beside it.
  package static func existing(
    socket: FilePath, backend: String, file: FilePath, check: Check = Check()
  ) -> Self {
    Self(kind: .existing(socket: socket), file: file, backend: backend, check: check)
  }

  package var folder: FilePath {
    let folder = file.removingLastComponent()
    return folder.isEmpty ? "." : folder
  }

  package var socket: FilePath {
    switch kind {
    case .embedded: folder.appending("haproxy.sock")
    case .existing(let socket): socket
    }
  }

  /// What a user's own HAProxy needs besides the file that is kept written, as text to show.
  package var instructions: String {
    """
    # in /etc/haproxy/haproxy.cfg
    global
      stats socket \(socket) mode 600 level admin
    frontend NAME
      mode http
      default_backend \(backend)
    # in /etc/default/haproxy; then: systemctl restart haproxy
    EXTRAOPTS="-S /run/haproxy-master.sock -f \(file)"
    # While a swap runs, HAProxy may be restarted, but not reloaded: requests that the old process holds would not be
    # released with the others, only at the hold's end.
    """
  }
}
