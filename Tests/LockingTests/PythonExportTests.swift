import Essentials
import Lockfiles
import Locking
import SystemPackage
import TestSupport
import Testing

/// What a lock says in other tools' words, against those tools.
@Suite struct PythonExportTests {
  private static let django = Digest(of: "django")
  private static let sqlparse = Digest(of: "sqlparse")

  private static let lockfile = Lockfile(
    recipe: Digest(of: "recipe"), debian: Lockfile.Debian(architecture: .amd64, suites: [], packages: []),
    python: Lockfile.Python(
      interpreter: "3.11",
      packages: [
        Lockfile.PythonPin(
          name: "django", version: "5.0", file: "django-5.0-py3-none-any.whl", size: 10, digest: django,
          because: [.requested]),
        Lockfile.PythonPin(
          name: "sqlparse", version: "0.4", file: "sqlparse-0.4-py3-none-any.whl", size: 20, digest: sqlparse,
          because: [.requested, .dependency(.requires, of: "django")]),
      ]))

  @Test func `requirements are as pip-compile writes them`() throws {
    #expect(
      try PythonExport(Self.lockfile).text(as: .requirements) == """
        django==5.0 \\
            --hash=\(Self.django)
            # via recipe.yaml
        sqlparse==0.4 \\
            --hash=\(Self.sqlparse)
            # via
            #   recipe.yaml
            #   django

        """)
  }

  @Test func `pylock.toml names no host`() throws {
    #expect(
      try PythonExport(Self.lockfile).text(as: .pylock) == """
        lock-version = "1.0"
        environments = ["implementation_name == 'cpython' and platform_machine == 'x86_64' and sys_platform == 'linux'"]
        requires-python = "==3.11.*"
        created-by = "hardtack"

        [[packages]]
        name = "django"
        version = "5.0"
        dependencies = [{name = "sqlparse"}]
        wheels = [{path = "django-5.0-py3-none-any.whl", size = 10, hashes = {sha256 = "\(Self.django.hexadecimal)"}}]

        [[packages]]
        name = "sqlparse"
        version = "0.4"
        wheels = [{path = "sqlparse-0.4-py3-none-any.whl", size = 20, hashes = {sha256 = "\(Self.sqlparse.hexadecimal)"}}]

        """)
  }

  @Test func `packaging takes the pylock.toml for a valid one, and selects its wheels`() async throws {
    let selected = try await PythonTools.ask(
      """
      import tomllib
      from packaging.pylock import Pylock
      from packaging.tags import parse_tag
      lock = Pylock.from_dict(tomllib.loads(question))
      environment = {"implementation_name": "cpython", "implementation_version": "3.11.2", "os_name": "posix",
          "platform_machine": "x86_64", "platform_release": "", "platform_system": "Linux", "platform_version": "",
          "python_full_version": "3.11.2", "platform_python_implementation": "CPython", "python_version": "3.11",
          "sys_platform": "linux"}
      answer = [f"{package.name} {package.version} {wheel.filename} {wheel.hashes['sha256']}"
          for package, wheel in lock.select(environment=environment, tags=list(parse_tag("py3-none-any")))]
      """, try PythonExport(Self.lockfile).text(as: .pylock), as: [String].self)
    #expect(
      selected == [
        "django 5.0 django-5.0-py3-none-any.whl \(Self.django.hexadecimal)",
        "sqlparse 0.4 sqlparse-0.4-py3-none-any.whl \(Self.sqlparse.hexadecimal)",
      ])
  }

  @Test func `names the source distribution of what is built, and its digest`() async throws {
    var lockfile = Self.lockfile
    let source = Lockfile.SourcePin(
      name: "sqlparse", version: "0.4", file: "sqlparse-0.4.tar.gz", size: 7, digest: Digest(of: "source"))
    lockfile.python = Lockfile.Python(
      interpreter: "3.11", packages: Self.lockfile.python?.packages ?? [], sources: [source])
    let export = try PythonExport(lockfile)
    #expect(
      export.text(as: .requirements).contains("sqlparse==0.4 \\\n    --hash=\(Digest(of: "source"))\n"))
    let found = try await PythonTools.ask(
      """
      import tomllib
      from packaging.pylock import Pylock
      packages = Pylock.from_dict(tomllib.loads(question)).packages
      answer = [f"{p.name} {p.sdist.path} {p.sdist.size} {p.sdist.hashes['sha256']}" for p in packages if p.sdist]
      """, export.text(as: .pylock), as: [String].self)
    #expect(found == ["sqlparse sqlparse-0.4.tar.gz 7 \(Digest(of: "source").hexadecimal)"])
  }

  @Test func `a lockfile without wheels has nothing to export`() throws {
    var lockfile = Self.lockfile
    lockfile.python = nil
    let refusal = try #require(#expect(throws: Diagnostic.self) { try PythonExport(lockfile) })
    #expect(refusal.message == "the lockfile pins no wheels")
  }

  @Test func `pip takes the requirements with their hashes, and refuses them where a hash is another`()
    async throws
  {
    let bench = try await LockingBench()
    let lockfile = try await bench.lock()
    let text = try PythonExport(lockfile).text(as: .requirements)
    let path = bench.workshop.folder.appending("requirements.txt")
    func install(_ text: String) async throws -> Command.Result {
      try DurableFile.write(Array(text.utf8), to: path)
      return try await Command(
        "python3",
        [
          "-m", "pip", "--isolated", "install", "--disable-pip-version-check", "--no-cache-dir", "--dry-run",
          "--ignore-installed", "--target", bench.workshop.folder.appending("target").string,
          "--require-hashes", "--index-url", bench.workshop.server.address + "/simple", "-r", path.string,
        ]
      ).run()
    }
    let taken = try await install(text)
    #expect(taken.status == 0, "\(taken.errorText)")
    #expect(taken.outputText.contains("Would install django-5.0 sqlparse-0.4"), "\(taken.outputText)")
    let digest = try #require(lockfile.python?.packages.first?.digest)
    let refused = try await install(
      text.replacing(digest.description, with: Digest(of: "other").description))
    #expect(refused.status != 0)
    #expect(refused.errorText.contains("DO NOT MATCH"), "\(refused.errorText)")
  }
}
