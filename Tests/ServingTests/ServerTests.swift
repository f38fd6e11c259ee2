import Essentials
import Serving
import Storage
import SystemPackage
import TestSupport
import Testing

/// The server itself, against clients that behave badly.
@Suite struct ServerTests {
  let folder: TemporaryFolder
  let store: Store

  init() throws {
    folder = try TemporaryFolder()
    store = try Store(at: folder.appending("store"), creating: true)
  }

  private func withServer<Result>(
    _ change: (inout Server.Configuration) -> Void, _ body: (Server) async throws -> Result
  ) async throws -> Result {
    var configuration = Server.Configuration()
    configuration.port = 0
    change(&configuration)
    let server = try await Server(configuration, router: Router(Catalog(store), key: nil), log: nil)
    let work = Task { try await server.run() }
    do {
      let result = try await body(server)
      work.cancel()
      try await work.value
      return result
    } catch {
      work.cancel()
      throw error
    }
  }

  /// What `script` prints, given the server's port; `connect()` gives a socket.
  private func python(_ server: Server, _ script: String) async throws -> String {
    let port = String(server.url.split(separator: ":").last ?? "")
    let head = """
      import socket, sys, time
      def connect():
          return socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=30)
      GET = b"GET /v2/ HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n"

      """
    let bytes = try await Command("python3", ["-c", head + script, port]).output()
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test func `ends a connection that sends its request too slowly`() async throws {
    let said = try await withServer {
      $0.patience = 1
    } _: { server in
      try await python(
        server,
        """
        s = connect()
        begun = time.monotonic()
        s.sendall(b"GET /v2/ HTTP/1.1\\r\\nHost: x\\r\\nX-Slow: ")
        try:
            while True:
                s.sendall(b"a")
                s.settimeout(0.2)
                try:
                    if s.recv(100) == b"":
                        break
                except TimeoutError:
                    pass
        except (BrokenPipeError, ConnectionResetError):
            pass
        print(time.monotonic() - begun < 10)
        """)
    }
    #expect(said == "True\n")
  }

  @Test func `ends the idlest connection to make room`() async throws {
    let said = try await withServer {
      $0.connectionLimit = 3
    } _: { server in
      try await python(
        server,
        """
        for number in range(20):
            s = connect()
            s.sendall(GET)
            answer = s.recv(4096)
            assert answer.startswith(b"HTTP/1.1 200 OK"), answer
            globals()["kept%d" % number] = s
        print("answered")
        """)
    }
    #expect(said == "answered\n")
  }

  @Test(arguments: [
    (#"b"POST /v2/ HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc""#, "405"),
    (#"b"GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n""#, "400"), (#"b"nonsense\r\n\r\n""#, "400"),
    (#"b"GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n""#, "404"),
    (#"b"GET /blobs/sha256/..%2f..%2fformat HTTP/1.1\r\nHost: x\r\n\r\n""#, "404"),
    (#"b"GET /v2/x/blobs/sha256:00 HTTP/1.1\r\nHost: x\r\n\r\n""#, "404"),
  ])
  func `refuses what isn't to read`(_ request: String, _ status: String) async throws {
    let said = try await withServer { _ in
    } _: { server in
      try await python(
        server, "s = connect(); s.sendall(\(request)); print(s.recv(4096).split()[1].decode())")
    }
    #expect(said == status + "\n")
  }

  @Test func `serves what roots need and nothing else`() async throws {
    let names = ["garbage", "archive", "artifact"]
    let digests = try names.map { try store.publish(Array($0.utf8)) }
    try store.keep(Root(.archive, "site-1", digests: [digests[1]]))
    try store.keep(Root(.lockfile, "/recipe", digests: [digests[2]]))
    let statuses = try await withServer { _ in
    } _: { server in
      var statuses: [String] = []
      for digest in digests {
        let url = "\(server.url)/blobs/sha256/\(digest.hexadecimal)"
        let output = try await Command("curl", ["-s", "-w", " %{http_code}", url]).output()
        statuses.append(String(decoding: output, as: UTF8.self))
      }
      return statuses
    }
    #expect(statuses == ["not here\n 404", "not here\n 404", "artifact 200"])
  }
}
