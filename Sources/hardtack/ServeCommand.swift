import ArgumentParser
import Essentials
import Glibc
import Pools
import Serving
import Storage
import SystemPackage

struct ServeCommand: AsyncParsableCommand, EndsByInterrupt {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Share the store over HTTP, to read from, until interrupted.",
    discussion: """
      Container tools pull images from it, one repository a recipe. Each lockfile is an apt repository and a Python index \
      that hold exactly what it pins. 'hardtack fetch --from' asks it first. The address is printed first.

        hardtack serve
        hardtack serve --listen 0.0.0.0 --token-file token
        skopeo copy --src-tls-verify=false docker://127.0.0.1:8470/logic:v1 oci:logic:v1
        pip install --index-url http://127.0.0.1:8470/locks/v1/simple/ --require-hashes -r requirements.txt
      """)

  @OptionGroup var shared: SharedOptions

  @Option(help: ArgumentHelp("The address to listen on; 0.0.0.0 for all.", valueName: "address"))
  var listen = "127.0.0.1"

  @Option(help: ArgumentHelp("The port to listen on; 0 for one that is free.", valueName: "number"))
  var port = 8470

  @Option(
    help: ArgumentHelp(
      "Serve only who presents the token in this file: as a bearer token, or as the password of any user.",
      valueName: "file"), completion: .file())
  var tokenFile: String?

  @Option(
    help: ArgumentHelp("Write the access log there rather than to standard error.", valueName: "file"),
    completion: .file())
  var accessLog: String?

  @Option(help: ArgumentHelp("So many connections may be open at a time.", valueName: "number"))
  var connections = 256

  @Flag(help: "Serve no apt repositories, for which gpg is needed.")
  var noApt = false

  func validate() throws {
    guard (0...65535).contains(port) else { throw ValidationError("--port takes a number from 0 to 65535.") }
    guard (1...10_000).contains(connections) else {
      throw ValidationError("--connections takes a number from 1 to 10000.")
    }
  }

  func run() async throws {
    let store = try shared.openStore()
    let token = try readToken()
    var key: SigningKey?
    if !noApt {
      // No pool can have this name.
      let state = try PoolStore(environment: environment).folder.appending(".serve")
      key = try await SigningKey(in: state.appending("gnupg"))
    }
    var configuration = Server.Configuration()
    configuration.address = listen
    configuration.port = port
    configuration.connectionLimit = connections
    let server = try await Server(
      configuration, router: Router(Catalog(store), key: key, token: token), log: try log())
    if token == nil, !listen.hasPrefix("127."), listen != "::1", listen != "localhost" {
      shared.progress.say("whoever reaches \(server.url) can read the store; --token-file asks for a token")
    }
    print(server.url)
    fflush(nil)
    try await server.run()
    shared.progress.say("stopped")
  }

  private func readToken() throws(Diagnostic) -> Secret? {
    guard let tokenFile else { return nil }
    var bytes = try DurableFile.read(FilePath(tokenFile), limit: 4096)
    while let last = bytes.last, last == UInt8(ascii: "\n") || last == UInt8(ascii: "\r") {
      bytes.removeLast()
    }
    guard bytes.count >= 16, bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      throw Diagnostic(
        .usage, "\(tokenFile) holds no token: 16 or more printable ASCII characters without blanks",
        hints: ["make one: openssl rand -hex 32 > \(tokenFile)"])
    }
    return Secret(bytes)
  }

  private func log() throws(Diagnostic) -> AccessLog? {
    if let accessLog { return try AccessLog(appendingTo: FilePath(accessLog)) }
    return shared.quiet ? nil : AccessLog { Report.write($0 + "\n") }
  }
}

/// A command that goes on until it's interrupted: then an interrupt is no failure.
protocol EndsByInterrupt {}
