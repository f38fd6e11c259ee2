import Essentials
import Glibc
import Pools
import SystemPackage
import TestSupport
import Testing

@testable import Cutover

@Suite(.serialized) struct PrivateClusterTests {
  @Test func `outlives who started it, starts within a second, and keeps its port and data`() async throws {
    let test = try await TestCluster()
    let cluster = test.cluster
    let site = try await TestSite.open(in: test)
    let process = try #require(cluster.postmaster())
    // Of no session of this process's, and nobody's child here.
    #expect(getsid(process.pid) != getsid(0))
    let port = try cluster.port()
    #expect((15_000..<32_000).contains(port))
    var information = stat()
    #expect(stat(cluster.folder.string, &information) == 0 && information.st_mode & 0o777 == 0o700)
    #expect(
      try await site.administer(
        "SHOW fsync; SHOW full_page_writes; SHOW synchronous_commit; SHOW data_checksums")
        == "on\non\non\non\n")
    try await site.run("INSERT INTO entries (value) VALUES (1)", as: "old")
    let again = try PrivateCluster(folder: cluster.folder)
    try await again.start()
    #expect(again.postmaster() == process)
    for _ in 0..<2 { try await cluster.stop() }
    #expect(!again.isRunning)
    let began = ContinuousClock.now
    try await again.start()
    let took = ContinuousClock.now - began
    #expect(took < .seconds(5), "started in \(took)")
    #expect(try again.port() == port)
    #expect(try await site.run("SELECT value FROM entries", as: "old") == "1\n")
    try await cluster.stop()
  }

  @Test func `starts again after kill -9, also where its number is another's since`() async throws {
    let test = try await TestCluster()
    let cluster = test.cluster
    let process = try #require(cluster.postmaster())
    #expect(process.send(SIGKILL))
    while process.isAlive {}
    #expect(!cluster.isRunning)
    let pidFile = cluster.data.appending("postmaster.pid")
    let record = try DurableFile.read(pidFile, limit: 4096)
    // This process has the number, and is as alive as can be.
    try DurableFile.write(Array("\(getpid())".utf8) + record.drop { $0 != 10 }, to: pidFile)
    _ = try await Command("chown", ["postgres:", pidFile.string]).output()
    #expect(!cluster.isRunning)
    try await cluster.start()
    #expect(cluster.isRunning)
    #expect(cluster.postmaster() != process)
    try await cluster.stop()
  }

  @Test func `makes a cluster anew that was half made`() async throws {
    let folder = try TemporaryFolder()
    chmod(folder.path.string, 0o711)
    let cluster = try PrivateCluster(folder: folder.appending("postgresql"))
    try cluster.user.makeFolder(cluster.folder)
    try DurableFile.createFolder(cluster.folder.appending("data.new"))
    try DurableFile.write([], to: cluster.folder.appending("data.new/PG_VERSION"))
    _ = try await Command("chown", ["-R", "postgres:", cluster.folder.string]).output()
    try await cluster.make()
    #expect(try cluster.version() >= 13)
  }

  @Test func `says who has its port`() async throws {
    let test = try await TestCluster()
    try await test.cluster.stop()
    let script =
      "import socket, sys; s = socket.create_server(('127.0.0.1', int(sys.argv[1]))); print('up', flush=True); s.accept()"
    let other = try ChildProcess("python3", ["-c", script, String(try test.cluster.port())])
    #expect(try other.readLine() == "up")
    let error = await #expect(throws: Diagnostic.self) { try await test.cluster.start() }
    #expect(error?.message.contains("port \(try test.cluster.port()) is taken") == true)
    other.kill()
    try await test.cluster.start()
    try await test.cluster.stop()
  }

  @Test func `puts its socket where its path is short enough`() throws {
    let short = try PrivateCluster(folder: "/srv/x")
    #expect(short.socketFolder == "/srv/x/socket")
    let long = try PrivateCluster(folder: FilePath("/srv/" + String(repeating: "x", count: 90)))
    #expect(long.socketFolder.string.utf8.count < 80)
    #expect(
      long.socketFolder
        != (try PrivateCluster(folder: FilePath("/srv/" + String(repeating: "y", count: 90)))).socketFolder)
  }

  @Test func `works in a folder of any name and length`() async throws {
    let parent = try TemporaryFolder()
    chmod(parent.path.string, 0o711)
    let folder = parent.appending("a'b \"c\", $(touch x) " + String(repeating: "ö", count: 40))
    let cluster = try PrivateCluster(folder: folder)
    try await cluster.start()
    let database = try PostgreSQL(live: "shop", server: .cluster(cluster), folder: parent.path)
    try await database.claim(epoch: 1)
    try await database.grant(.write, to: "v1", on: "shop", patience: .zero)
    let socket = cluster.socketFolder
    try await cluster.stop()
    rmdir(socket.string)
  }

  @Test func `says what is in the way of the server's user`() async throws {
    let closed = try TemporaryFolder()
    let cluster = try PrivateCluster(folder: closed.appending("postgresql"))
    let error = await #expect(throws: Diagnostic.self) { try await cluster.start() }
    #expect(error?.message.contains("'postgres' can't reach") == true)
    #expect(PrivateCluster.suitableFolder(preferring: cluster.folder).string.hasPrefix("/var/lib/hardtack/"))
    chmod(closed.path.string, 0o755)
    #expect(PrivateCluster.suitableFolder(preferring: cluster.folder) == cluster.folder)
  }

  @Test func `lets nobody in but its owner and those with a password`() async throws {
    let test = try await TestCluster.shared.value
    let port = String(try test.cluster.port())
    for user in ["hardtack", "postgres"] {
      let result = try await Command(
        TestSite.psql, ["-Xwc", "SELECT 1", "-h", "127.0.0.1", "-p", port, "-U", user, "postgres"]
      ).run()
      #expect(result.status != 0)
    }
    let stranger = try await Command(
      "setpriv",
      [
        "--reuid=65534", "--regid=65534", "--clear-groups", TestSite.psql, "-Xwc", "SELECT 1", "-h",
        test.cluster.socketFolder.string, "-p", port, "-U", "hardtack", "postgres",
      ]
    ).run()
    #expect(stranger.status != 0)
  }
}
