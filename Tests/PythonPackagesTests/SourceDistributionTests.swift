import Essentials
import PythonPackages
import SystemPackage
import TestSupport
import Testing

@Suite struct SourceDistributionTests {
  /// A source distribution with the files that `entries` name, as Python's tarfile or zipfile makes it.
  private func make(
    _ file: String, _ entries: [String: String], modified: Int64 = 1_600_000_000
  ) async throws -> SourceDistribution {
    let folder = try TemporaryFolder()
    let path = folder.appending(file)
    _ = try await PythonTools.ask(
      """
      import io, tarfile, zipfile
      path, modified, entries = question[0], int(question[1]), dict(zip(question[2::2], question[3::2]))
      if path.endswith(".zip"):
          with zipfile.ZipFile(path, "w") as archive:
              for name, text in entries.items():
                  archive.writestr(name, text)
      else:
          with tarfile.open(path, "w:gz") as archive:
              for name, text in entries.items():
                  member = tarfile.TarInfo(name)
                  member.size, member.mtime = len(text.encode()), modified
                  archive.addfile(member, io.BytesIO(text.encode()))
      answer = 0
      """, [path.string, String(modified)] + entries.flatMap { [$0.key, $0.value] }, as: Int.self)
    return try SourceDistribution(try MappedFile(path), filename: file)
  }

  private func requirements(_ texts: String...) throws -> [Requirement] {
    try texts.map { try Requirement(parsing: $0) }
  }

  @Test(arguments: ["legacy-1.0.tar.gz", "legacy-1.0.zip"])
  func `without settings it's built by setuptools`(_ file: String) async throws {
    let source = try await make(
      file, ["legacy-1.0/setup.py": "", "legacy-1.0/deep/pyproject.toml": "not = read ="])
    #expect(source.requires == (try requirements("setuptools")))
    #expect(source.backend == "setuptools.build_meta:__legacy__")
    #expect(source.backendPath.isEmpty)
  }

  @Test func `its settings name the backend, where that is and what it requires`() async throws {
    let source = try await make(
      "a-1.0.tar.gz",
      [
        "a-1.0/pyproject.toml": """
        [build-system]
        requires = ['hatchling>=1.20; python_version > "3"', 'x']
        build-backend = 'tool:main.hooks'
        backend-path = ['tools']
        [tool.x]

        """
      ])
    #expect(source.requires == (try requirements("hatchling>=1.20; python_version > \"3\"", "x")))
    #expect(source.backend == "tool:main.hooks")
    #expect(source.backendPath == ["tools"])
  }

  @Test func `settings without a backend leave it to setuptools, with what they require`() async throws {
    let plain = try await make(
      "a-1.0.tar.gz", ["a-1.0/pyproject.toml": "[build-system]\nrequires = ['cython']\n"])
    #expect(plain.requires == (try requirements("cython")))
    #expect(plain.backend == "setuptools.build_meta:__legacy__")
    let none = try await make("a-1.0.tar.gz", ["a-1.0/pyproject.toml": "[tool.black]\nline-length = 100\n"])
    #expect(none.requires == (try requirements("setuptools")))
  }

  @Test(arguments: [
    ("[build-system]\nbuild-backend = 'x'\n", "the table 'build-system' lacks the key 'requires'"),
    ("[build-system]\nrequires = ['a >> 1']\n", "'a >> 1' is no requirement"),
    ("[build-system]\nrequires = 'a'\n", "'requires' must be an array, not a string"),
    ("build-system = 1\n", "'build-system' must be a table, not a whole number"),
  ])
  func `settings that say nothing of use are refused, by file and line`(_ text: String, _ message: String)
    async throws
  {
    let refusal = await #expect(throws: Diagnostic.self) {
      try await make("a-1.0.tar.gz", ["a-1.0/pyproject.toml": text])
    }
    #expect(refusal?.message.hasPrefix(message) == true, "\(refusal?.message ?? "")")
    #expect(refusal?.location?.file == "a-1.0.tar.gz/pyproject.toml")
  }

  @Test(
    arguments: [
      (1_600_000_000, 1_600_000_000), (0, 315_532_800), (9_000_000_000, 4_102_444_800),
    ] as [(Int64, Int64)])
  func `its newest file tells the time of the build`(_ modified: Int64, _ epoch: Int64) async throws {
    #expect(try await make("a-1.0.tar.gz", ["a-1.0/setup.py": ""], modified: modified).epoch == epoch)
  }
}
