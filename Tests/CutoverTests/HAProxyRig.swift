import Cutover
import Essentials
import Glibc
import Synchronization
import SystemPackage
import TestSupport

/// A real HAProxy in a temporary folder, with real applications behind it.
final class HAProxyRig: BalancerRig {
  private let aftermath: Aftermath
  let settings: HAProxySettings
  let folder: TemporaryFolder
  let port: UInt16
  private let servers = Mutex<[String: ApplicationServer]>([:])
  private let begun = Mutex<[String: Task<String, any Error>]>([:])
  /// The user's own.
  private let process: ChildProcess?

  /// Ends whatever HAProxy runs there when the test is over.
  private static func aftermath(_ folder: TemporaryFolder) throws -> Aftermath {
    try Aftermath(
      #"[ -s "$1/site/process.json" ] && kill -9 "$(sed 's/.*"pid":\([0-9]*\).*/\1/' "$1/site/process.json")""#,
      in: folder)
  }

  init(port: UInt16? = nil) throws {
    folder = try TemporaryFolder()
    aftermath = try Self.aftermath(folder)
    self.port = try port ?? FreePort.find()
    settings = .embedded(in: folder.appending("site"), port: self.port)
    process = nil
  }

  /// A user's HAProxy, set up as the instructions say.
  init(existing: ()) async throws {
    folder = try TemporaryFolder()
    aftermath = try Self.aftermath(folder)
    port = try FreePort.find()
    settings = .existing(
      socket: folder.appending("admin.sock"), backend: "web", file: folder.appending("hardtack.cfg"))
    // It's not there yet, but now the file is.
    try? await HAProxy(settings).claim(epoch: 0)
    let configuration = """
      global
        stats socket \(settings.socket) mode 600 level admin
      defaults
        timeout client 60s
        timeout connect 1s
        timeout server 60s
      frontend in
        mode http
        bind 127.0.0.1:\(port)
        default_backend web

      """
    try DurableFile.write(Array(configuration.utf8), to: folder.appending("haproxy.cfg"))
    process = try ChildProcess(
      "/usr/sbin/haproxy",
      ["-db", "-f", folder.appending("haproxy.cfg").string, "-f", settings.file.string],
      error: folder.appending("log"))
    while access(settings.socket.string, F_OK) != 0 { try await Task.sleep(for: .milliseconds(2)) }
  }

  func open() async throws -> any LoadBalancer { try HAProxy(settings) }

  func haproxy() throws -> HAProxy { try HAProxy(settings) }

  func application(_ release: String) async throws -> ApplicationServer {
    if let known = servers.withLock({ $0[release] }) { return known }
    let server = try ApplicationServer(release)
    servers.withLock { $0[release] = server }
    return server
  }

  func server(_ release: String) async throws -> UInt16 { try await application(release).port }

  func set(healthy: Bool, _ release: String) async throws {
    try await application(release).ask(healthy ? "/well" : "/sick")
  }

  func request() async throws -> String { try await HTTP.get("/", port).release }

  func begin(at release: String) async throws {
    let port = port
    let task = Task { try await HTTP.get("/block/\(release)", port).release }
    begun.withLock { $0[release] = task }
    try await application(release).ask("/awaited/\(release)")
  }

  func finish(_ release: String) async throws -> String {
    try await application(release).ask("/go/\(release)")
    return try await begun.withLock { $0[release] }?.value ?? ""
  }

  /// Kills HAProxy as it works.
  func killHAProxy() throws {
    let text = String(
      decoding: try DurableFile.read(settings.folder.appending("process.json")), as: UTF8.self)
    guard let found = text.firstMatch(of: /"pid":([0-9]+)/), let pid = Int32(found.1) else {
      throw Diagnostic(.failed, "no process in \(text)")
    }
    kill(pid, SIGKILL)
    while kill(pid, 0) == 0 { usleep(1000) }
  }

  var waiting: Int { get async throws { try await haproxy().waiting } }
}
