import Essentials
import Glibc
import Images
import Storage
import SystemPackage
import TestSupport
import Testing

/// `hardtack serve`, asked by the programs that it's made for.
@Suite struct ServeTests {
  let workshop: Workshop
  let program: Program

  init() async throws {
    workshop = try await Workshop()
    program = Program(workshop)
    for command in ["lock", "fetch"] {
      let outcome = try await program.run(command, workshop.recipe.string, "--quiet")
      try #require(outcome.code == 0, "\(outcome.error)")
    }
  }

  private func serve(_ arguments: String...) throws -> (process: ChildProcess, url: String) {
    let process = try ChildProcess(
      Program.path.string, ["serve", "--port", "0"] + arguments, environment: program.environment,
      error: workshop.folder.appending("serve.log"))
    let url = try process.readLine()
    try #require(url.hasPrefix("http://127.0.0.1:"))
    return (process, url)
  }

  private func log() throws -> String {
    String(decoding: try DurableFile.read(workshop.folder.appending("serve.log")), as: UTF8.self)
  }

  private func curl(_ arguments: String...) async throws -> String {
    String(decoding: try await Command("curl", ["-sS"] + arguments).output(), as: UTF8.self)
  }

  /// Stores an image whose one layer is a real tar, and names it.
  private func publishImage(layer bytes: Int) async throws -> Digest {
    let store = try Store(at: workshop.store, creating: false)
    let tree = workshop.folder.appending("tree")
    try DurableFile.createFolder(tree)
    var random = SplitMix(1)
    try DurableFile.write(
      (0..<bytes).map { _ in UInt8.random(in: 0...255, using: &random) }, to: tree.appending("file"))
    let tar = try await Command("tar", ["-C", tree.string, "-c", "."]).output()
    let layer = Descriptor(layer: "application", digest: try store.publish(tar), size: Int64(tar.count))
    let other = Descriptor(
      mediaType: MediaType.index, digest: try store.publish(Array("index".utf8)), size: 5)
    let lock = try DurableFile.read(workshop.recipe.appending("recipe.lock"))
    let configuration = ImageConfiguration(
      architecture: .amd64, config: .init(env: [], cmd: ["/sbin/init"]),
      rootfs: .init(diffIDs: [layer.digest]),
      machine: Machine(
        recipe: "demo", lockfile: try store.publish(lock), index: other, kernel: other, initrd: other,
        commandLine: "",
        services: [], secrets: [], state: [], sanity: []))
    let manifest = ImageManifest(
      config: try store.publish(configuration, as: MediaType.imageConfiguration), layers: [layer])
    let image = try store.publish(manifest, as: MediaType.imageManifest)
    try store.keep(Root(.image, image.digest.hexadecimal, digests: [image.digest]))
    for name in ["demo", "v1"] {
      try store.tag(Tag(name, mediaType: image.mediaType, digest: image.digest, size: image.size))
    }
    return image.digest
  }

  @Test func `skopeo copies an image`() async throws {
    let digest = try await publishImage(layer: 3_000_000)
    let (process, url) = try serve()
    let place = "docker://" + url.dropFirst(7) + "/demo"
    let copy = workshop.folder.appending("copy").string
    for name in ["v1", "demo", "latest", "@\(digest)"] {
      let source = name.hasPrefix("@") ? place + name : "\(place):\(name)"
      _ = try await Command(
        "skopeo",
        ["copy", "--src-tls-verify=false", "--preserve-digests", "--quiet", source, "oci:\(copy):copied"]
      ).output()
      let index = try DurableFile.read(FilePath(copy).appending("index.json"))
      #expect(String(decoding: index, as: UTF8.self).contains(digest.description), "\(name)")
    }
    let tags = try await Command("skopeo", ["list-tags", "--tls-verify=false", place]).output()
    #expect(String(decoding: tags, as: UTF8.self).contains("\"v1\""))
    #expect(try await curl(url + "/v2/demo/tags/list?n=1&last=demo") == #"{"name":"demo","tags":["latest"]}"#)
    #expect(try await curl(url + "/v2/_catalog") == #"{"repositories":["demo"]}"#)
    let missing = try await curl("-w", "%{http_code}", url + "/v2/demo/manifests/v9")
    #expect(missing.contains("MANIFEST_UNKNOWN") && missing.hasSuffix("404"))
    #expect(process.end(by: SIGTERM) == 0)
    #expect(try log().contains("\"GET /v2/demo/manifests/v1 HTTP/1.1\" 200 "))
  }

  @Test func `lists what is said about an image`() async throws {
    let digest = try await publishImage(layer: 1000)
    let store = try Store(at: workshop.store, creating: false)
    let content = Descriptor(
      mediaType: MediaType.spdx, digest: try store.publish(Array("{}".utf8)), size: 2)
    let image = try Image(digest, in: store)
    let referrer = try store.publish(
      Referrer(MediaType.spdx, content, about: try image.descriptor(in: store)), as: MediaType.imageManifest)
    let (process, url) = try serve()
    let list = url + "/v2/demo/referrers/\(digest)"
    let none = #"{"manifests":[],"mediaType":"application/vnd.oci.image.index.v1+json","schemaVersion":2}"#
    #expect(try await curl(list) == none)
    try store.update(Root(.image, digest.hexadecimal, digests: [])) { $0.refer("spdx", to: referrer.digest) }
    let said = try await curl(list + "?artifactType=application/spdx%2Bjson")
    #expect(
      said.contains(#""artifactType":"application/spdx+json","digest":"\#(referrer.digest)""#), "\(said)")
    #expect(try await curl(list + "?artifactType=other/type") == none)
    let manifest = try await curl(url + "/v2/demo/manifests/\(referrer.digest)")
    #expect(Digest(of: manifest) == referrer.digest)
    #expect(process.end(by: SIGTERM) == 0)
  }

  @Test func `fetch asks it first, and does without it where it has to`() async throws {
    let (process, url) = try serve()
    var other = program
    other.environment["HARDTACK_STORE"] = workshop.folder.appending("other").string
    other.environment["HARDTACK_DEBIAN_MIRROR"] = "http://127.0.0.1:9/nothing"
    other.environment["HARDTACK_PYPI_INDEX"] = "http://127.0.0.1:9/nothing"
    let fetched = try await other.run("fetch", workshop.recipe.string, "--from", url)
    #expect(fetched.code == 0 && fetched.error.contains("fetched 8 of 8 artifacts"), "\(fetched.error)")

    // What the server lacks comes from the archive.
    let store = try Store(at: workshop.store, creating: false)
    let largest = try #require(try store.blobs().max { $0.size < $1.size })
    unlink(workshop.store.pushing("blobs/sha256").appending(largest.digest.hexadecimal).string)
    other.environment = program.environment
    other.environment["HARDTACK_STORE"] = workshop.folder.appending("third").string
    let before = workshop.server.log.count
    #expect(try await other.run("fetch", workshop.recipe.string, "--from", url + "/", "--quiet").code == 0)
    #expect(workshop.server.log.count == before + 1)

    #expect(process.end(by: SIGTERM) == 0)
    other.environment["HARDTACK_STORE"] = workshop.folder.appending("fourth").string
    let without = try await other.run("fetch", workshop.recipe.string, "--from", url)
    #expect(without.code == 0 && without.error.contains("going on without it"), "\(without.error)")
  }

  @Test func `never serves a damaged blob`() async throws {
    let store = try Store(at: workshop.store, creating: false)
    let (process, url) = try serve()
    let largest = try #require(try store.blobs().max { $0.size < $1.size })
    let path = try store.path(of: largest.digest)
    let address = "\(url)/blobs/sha256/\(largest.digest.hexadecimal)"
    #expect(
      try await curl("-o", "/dev/null", "-w", "%{http_code} %{size_download}", address)
        == "200 \(largest.size)")
    chmod(path.string, 0o644)
    let file = try FileDescriptor.open(path, .writeOnly)
    try file.closeAfter { _ = try file.writeAll(toAbsoluteOffset: 1_000_000, [1]) }
    #expect(try await curl("-o", "/dev/null", "-w", "%{http_code}", address) == "404")
    #expect(process.end(by: SIGTERM) == 0)
    #expect(try log().contains("is damaged"))
  }

  @Test func `answers parts, conditions and heads`() async throws {
    let digest = try await publishImage(layer: 1000)
    let (process, url) = try serve()
    defer { process.kill() }
    let address = "\(url)/v2/demo/manifests/v1"
    let head = try await curl("-I", "-D", "-", "-o", "/dev/null", address)
    for line in [
      "200 OK", "Docker-Content-Digest: \(digest)", "ETag: \"\(digest.hexadecimal)\"", "Accept-Ranges: bytes",
      "Content-Type: \(MediaType.imageManifest)",
    ] {
      #expect(head.contains(line + "\r\n"), "\(head)")
    }
    let status = "%{http_code}"
    let tag = "If-None-Match: \"\(digest.hexadecimal)\""
    #expect(try await curl("-H", tag, "-w", status, address) == "304")
    #expect(try await curl("-r", "0-0", "-w", status, address) == "{206")
    let list = try await curl(
      "--compressed", "-D", "-", "\(url)/locks/v1/apt/dists/frozen/main/binary-amd64/Packages")
    #expect(list.contains("Content-Encoding: gzip") && list.contains("Package: nginx\n"))
  }

  @Test func `asks for the token where there is one`() async throws {
    _ = try await publishImage(layer: 1000)
    let token = "0123456789abcdef"
    let file = workshop.folder.appending("token")
    try DurableFile.write(Array((token + "\n").utf8), to: file)
    let (process, url) = try serve("--token-file", file.string)
    defer { process.kill() }
    #expect(try await curl("-w", "%{http_code}", "-o", "/dev/null", url + "/v2/") == "401")
    #expect(try await curl("-H", "Authorization: Bearer \(token)", url + "/v2/") == "{}")
    let place = "docker://" + url.dropFirst(7) + "/demo:v1"
    let copy = "oci:" + workshop.folder.appending("copy").string + ":v1"
    let refused = try await Command("skopeo", ["copy", "--src-tls-verify=false", place, copy]).run()
    #expect(refused.status != 0)
    _ = try await Command(
      "skopeo", ["copy", "--src-tls-verify=false", "--src-creds", "any:\(token)", place, copy]
    ).output()
    var other = program
    other.environment["HARDTACK_STORE"] = workshop.folder.appending("other").string
    let before = workshop.server.log.count
    let from = "http://any:\(token)@" + url.dropFirst(7)
    #expect(try await other.run("fetch", workshop.recipe.string, "--from", from, "--quiet").code == 0)
    #expect(workshop.server.log.count == before)
    try DurableFile.write(Array("short".utf8), to: file)
    #expect(try await program.run("serve", "--token-file", file.string).code == 64)
  }

  @Test func `ends what is under way when it's stopped`() async throws {
    _ = try await publishImage(layer: 8_000_000)
    let store = try Store(at: workshop.store, creating: false)
    let largest = try #require(try store.blobs().max { $0.size < $1.size })
    let (process, url) = try serve()
    // Python says when the first bytes are there, and goes on once the server was told to stop.
    let client = try ChildProcess(
      "python3",
      [
        "-c",
        """
        import hashlib, os, signal, sys, urllib.request
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
        answer = urllib.request.urlopen(sys.argv[1])
        digest = hashlib.sha256(answer.read(1000))
        print("begun", flush=True)
        signal.sigwait({signal.SIGUSR1})
        digest.update(answer.read())
        print(digest.hexdigest(), flush=True)
        """, "\(url)/blobs/sha256/\(largest.digest.hexadecimal)",
      ])
    defer { client.kill() }
    #expect(try client.readLine() == "begun")
    kill(process.identifier, SIGTERM)
    kill(client.identifier, SIGUSR1)
    #expect(try client.readLine() == largest.digest.hexadecimal)
    #expect(process.end(by: 0) == 0)
  }
}
