import Essentials
import Lockfiles
import SystemPackage
import TestSupport
import Testing

@Suite struct LockfileTests {
  /// Lockfiles lie in people's repositories: the text may change only with the format's version.
  @Test func `has the text that reviews see`() {
    #expect(LockfileFixture.full.text == Self.golden)
    #expect(LockfileFixture.full.epoch == 1_763_000_000)
  }

  @Test func `is JSON to others`() async throws {
    let program =
      "import json,sys; d=json.load(sys.stdin); print(d['debian']['packages'][2]['name'], d['python']['interpreter'])"
    let command = Command("python3", ["-c", program], input: Array(LockfileFixture.full.text.utf8))
    #expect(String(decoding: try await command.output(), as: UTF8.self) == "nginx 3.11\n")
  }

  @Test func `dates as date does`() async throws {
    for seconds in [0, 951_782_400, 1_709_164_799, 1_763_000_000, 4_102_444_800, 253_402_300_799] as [Int64] {
      let suite = Lockfile.Suite(suite: "s", origin: "", label: "", date: seconds, release: Digest(of: ""))
      let lockfile = Lockfile(
        recipe: Digest(of: ""), debian: Lockfile.Debian(architecture: .arm64, suites: [suite], packages: []))
      let reference = try await Command("date", ["-u", "-d", "@\(seconds)", "+%FT%TZ"]).output()
      let date = String(decoding: reference.dropLast(), as: UTF8.self)
      #expect(lockfile.text.contains("\"date\": \"\(date)\""))
      #expect(try Lockfile.parse(Array(lockfile.text.utf8), file: "l") == lockfile)
    }
  }

  @Test func `reads what it writes`() throws {
    for lockfile in [
      LockfileFixture.full, LockfileFixture.lockfile([]), LockfileFixture.lockfile([], python: []),
    ] {
      #expect(try Lockfile.parse(Array(lockfile.text.utf8), file: "recipe.lock") == lockfile)
    }
  }

  @Test(arguments: [1, 2, 3, 4] as [UInt64])
  func `reads whatever it writes, in whatever order it's given`(_ seed: UInt64) throws {
    var random = SplitMix(seed)
    let names = ["a", "b+", "b-c", "libc6", "zlib1g", "x.y"]
    for _ in 0..<50 {
      let reasons: [Lockfile.Reason] = [
        .requested, .base, .essential, .dependency(.preDepends, of: "q"),
        .dependency(.depends, of: "q", relation: "a \"quoted\\\" é | b (>= 1)"),
      ]
      let pins = names.filter { _ in Bool.random(using: &random) }.map { name in
        let some = reasons.filter { _ in Bool.random(using: &random) }
        return LockfileFixture.pin(
          name, size: Int64.random(in: 0 ... .max, using: &random), because: some.isEmpty ? [.initrd] : some)
      }
      let one = LockfileFixture.lockfile(pins.shuffled(using: &random), initrd: pins.shuffled(using: &random))
      #expect(one.text == LockfileFixture.lockfile(pins, initrd: pins).text)
      #expect(try Lockfile.parse(Array(one.text.utf8), file: "recipe.lock") == one)
    }
  }

  @Test func `is written whole, and read from where it lies`() throws {
    let folder = try TemporaryFolder()
    let path = folder.appending("recipe.lock")
    #expect(try Lockfile.load(path) == nil)
    try LockfileFixture.full.write(to: path)
    #expect(try Lockfile.load(path) == LockfileFixture.full)
    #expect(LockfileFixture.full.digest == Digest(of: try DurableFile.read(path)))
  }

  @Test func `puts one artifact on a line`() {
    let old = Set(LockfileFixture.full.text.split(separator: "\n"))
    let moved = LockfileFixture.lockfile(
      LockfileFixture.full.debian.packages.map {
        $0.name == "dpkg" ? LockfileFixture.pin("dpkg", "2", because: [.essential]) : $0
      },
      initrd: LockfileFixture.full.debian.initrd, python: LockfileFixture.full.python?.packages)
    #expect(moved.text.split(separator: "\n").filter { !old.contains($0) }.count == 1)
  }

  static let golden = """
    {"lockfile": 1,
     "recipe": "sha256:e1d8e552330911f9f779f85b6f2c00a15e790dcc3fbb3b28f5da1d660a30c5b8",
     "epoch": 1763000000,
     "debian": {
      "architecture": "amd64",
      "suites": [
       {"suite": "bookworm", "origin": "Debian", "label": "Debian", "date": "2025-11-01T12:26:40Z", "release": "sha256:0d6e4079e36703ebd37c00722f5891d28b0e2811dc114b129215123adcce3605"},
       {"suite": "bookworm-security", "origin": "Debian", "label": "Debian-Security", "date": "2025-11-13T02:13:20Z", "release": "sha256:5d2d3ceb7abe552344276d47d36a8175b7aeb250a9bf0bf00e850cd23ecf2e43"}
      ],
      "packages": [
       {"name": "dpkg", "version": "1", "architecture": "amd64", "size": 10, "sha256": "eac0abef851356ad14c137aac32d99650e659a8c6a2a6a6f2bad4fee36bc00fa", "path": "pool/main/dpkg_1_amd64.deb", "suite": "bookworm", "because": "essential"},
       {"name": "exim4", "version": "1", "architecture": "amd64", "size": 10, "sha256": "19e261601670f059f5d5a0a5067e6637af9df84d116571488162f5ef9aacf68c", "path": "pool/main/exim4_1_amd64.deb", "suite": "bookworm", "because": ["depends of mailutils: default-mta | mail-transport-agent", "recommends of cron"]},
       {"name": "nginx", "version": "1.22.1-9+deb12u11", "architecture": "amd64", "size": 10, "sha256": "8b7b7c89b76572f9a1ffa4e3d81cd91c8c1365efebec56b446f82a0c43ac9d2f", "path": "pool/main/nginx_1.22.1-9+deb12u11_amd64.deb", "suite": "bookworm-security", "because": "requested"}
      ],
      "initrd": [
       {"name": "busybox-static", "version": "1", "architecture": "amd64", "size": 10, "sha256": "c07800d1b1a86a7aa2951ae116984027329f20bc40254c308c3fed871645feca", "path": "pool/main/busybox-static_1_amd64.deb", "suite": "bookworm", "because": "initrd"}
      ]
     },
     "python": {
      "interpreter": "3.11",
      "packages": [
       {"name": "django", "version": "5.2.1", "file": "django-5.2.1-py3-none-any.whl", "size": 20, "sha256": "bdf5f1596d15de178cc09daa89fcffb2127125c1b91051359cec8e42db249c47", "because": "requested"},
       {"name": "sqlparse", "version": "1", "file": "sqlparse-1-py3-none-any.whl", "size": 20, "sha256": "5ee141b2b5f1e271029c3fc2636721b204688d6209999696db1380b328a93013", "because": "requires of django"}
      ]
     }}

    """
}
