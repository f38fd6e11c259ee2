import Essentials
import FoundationEssentials
import SystemPackage

/// What is written of a balancer, so that a HAProxy that starts anew goes on as the last one was.
///
/// It's the first line of the configuration file, a comment; the rest of the file follows from it.
struct HAProxyRecord: Codable, Sendable, Hashable {
  struct Server: Codable, Sendable, Hashable {
    var name: String
    var port: UInt16
    var state: BalancedServer.State
    var weight: Int
  }

  /// In milliseconds: by the wall clock since 1970, and the longest it may take.
  struct Hold: Codable, Sendable, Hashable {
    var ends: Int64
    var limit: Int64
  }

  var version = 1
  var epoch = 0
  var hold: Hold?
  var servers: [Server] = []
  var check: HAProxySettings.Check
  /// Address and port of one of our own.
  var listen: String?

  private static let prefix = Array("# hardtack ".utf8)

  init(_ settings: HAProxySettings) {
    check = settings.check
    if case .embedded(let address, let port) = settings.kind { listen = "\(address):\(port)" }
  }

  /// What is written in `file`; nil where there's none.
  init?(readFrom file: FilePath) throws(Diagnostic) {
    guard let bytes = try? DurableFile.read(file, limit: 8 << 20) else { return nil }
    let line = bytes.prefix { $0 != UInt8(ascii: "\n") }
    guard line.starts(with: Self.prefix),
      let record = try? JSONDecoder().decode(Self.self, from: Data(line.dropFirst(Self.prefix.count)))
    else {
      throw Diagnostic(
        .failed, "\(file) is not as hardtack has written it",
        hints: ["its first line must stay as it is; stop that HAProxy and remove the file to begin anew"])
    }
    guard record.version == 1 else {
      throw Diagnostic(
        .failed, "\(file) is of version \(record.version); this program knows version 1",
        hints: ["use the hardtack that wrote it"])
    }
    self = record
  }

  /// The configuration file.
  func text(_ settings: HAProxySettings, connections: Int) throws(Diagnostic) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let line: String
    do { line = String(decoding: try encoder.encode(self), as: UTF8.self) } catch {
      throw Diagnostic(.bug, "the balancer's record can't be written as JSON: \(error)")
    }
    let script = settings.folder.appending(HAProxyScript.name)
    return """
      # hardtack \(line)
      # Written anew at every change. \(start(settings))

      global
        setenv HARDTACK_\(settings.backend) "\(epoch) \(hold?.ends ?? 0) \(hold?.limit ?? 0)"
        lua-load \(Self.quoted(script.string))
      \(frame(settings, connections: connections))
      # A request is sent once at most: only where no connection could be made is another tried, and no connection to an
      # instance is used twice, since one that closes it at that moment would leave open whether it took the request.
      # A check may take long: an instance that has much to do answers late, and is of more use than none.
      backend \(settings.backend)
        mode http
        balance roundrobin
        timeout connect 5s
        timeout queue 120s
        timeout server 120s
        timeout check 15s
        retries 3
        retry-on conn-failure
        option redispatch 1
        option http-server-close
        option forwardfor
        http-request lua.hardtack-hold
        option httpchk
        http-check send meth GET uri \(Self.quoted(check.path)) ver HTTP/1.1 hdr Host \(Self.quoted(check.host))\
      \(check.secure ? " hdr X-Forwarded-Proto https" : "") hdr Connection close
        http-check expect status 200
      \(servers.map { "  " + $0.line(settings) }.joined(separator: "\n"))

      """
  }

  private func start(_ settings: HAProxySettings) -> String {
    switch settings.kind {
    case .embedded: "By hand it's started with: haproxy -D -C \(settings.folder) -f \(settings.file)"
    case .existing: "It's for HAProxy's option -f, behind the file with the rest."
    }
  }

  /// What only one of our own has.
  ///
  /// One thread: then a request that has passed the hold is with a server before any command of the socket is answered.
  /// `noreuseport`: else the kernel would share the port with another HAProxy of the same user.
  private func frame(_ settings: HAProxySettings, connections: Int) -> String {
    guard case .embedded(let address, let port) = settings.kind else { return "" }
    // A socket's address holds 107 bytes, and HAProxy first makes it under a longer name.
    let absolute = settings.socket.string
    let socket =
      absolute.utf8.count <= 85 ? absolute : "unix@" + (settings.socket.lastComponent?.string ?? "")
    return """
        stats socket \(Self.quoted(socket)) mode 600 level admin
        stats timeout 10s
        nbthread 1
        noreuseport
        maxconn \(connections)

      frontend in
        mode http
        bind \(address):\(port) backlog 4096
        maxconn \(connections)
        timeout client 120s
        timeout http-request 30s
        timeout http-keep-alive 120s
        default_backend \(settings.backend)

      """
  }

  static func quoted(_ text: String) -> String {
    "\"" + text.flatMap { "\"\\$".contains($0) ? ["\\", $0] : [$0] } + "\""
  }
}

extension HAProxyRecord.Server {
  /// How it's checked and what it's given at most, for a server of the file and of the socket alike.
  static func options(_ settings: HAProxySettings) -> String {
    "check inter 500ms fastinter 100ms rise 1 fall 3 maxconn \(settings.requests)"
  }

  /// A server that drains has no word of its own in a configuration; the weight 0 does the same.
  func line(_ settings: HAProxySettings) -> String {
    "server \(name) 127.0.0.1:\(port) \(Self.options(settings)) weight \(state == .drain ? 0 : weight)"
      + (state == .maintenance ? " disabled" : "")
  }
}
