import Essentials
import FoundationEssentials
import SystemPackage
import TestSupport
import Testing

extension RealBakes {
  /// Wheels that are built from source: one of Python alone, and one with C in it, whose compiler the image doesn't get.
  @Suite(.serialized) struct BuiltWheelTests {
    private static let text = """
      name: built
      base: {distribution: debian, suite: bookworm, architecture: amd64, variant: essential}
      packages: [linux-image-cloud-amd64, python3]
      python:
        requirements: [docopt==0.6.2, netifaces==0.11.0]
        build: [docopt, netifaces]
        build-packages: [gcc, python3-dev]
      checks: ["python -c 'import docopt, netifaces; netifaces.interfaces()'", "! command -v gcc"]

      """

    private struct Locked: Decodable {
      struct Wheel: Decodable {
        let name: String
        let file: String
        let sha256: String
      }
      struct Python: Decodable {
        let packages: [Wheel]
        let sources: [Wheel]
      }
      let python: Python
    }

    private func run(_ arguments: String..., store: FilePath) async throws -> Command.Result {
      try await Command(
        BuiltProgram.path("hardtack").string, arguments + ["--store", store.string]
      ).run()
    }

    @Test func `are built when they're locked, and again, the same, where they're baked`() async throws {
      let folder = try TemporaryFolder()
      let recipe = folder.appending("recipe")
      let store = folder.appending("store")
      try DurableFile.createFolder(recipe)
      try DurableFile.write(Array(Self.text.utf8), to: recipe.appending("recipe.yaml"))
      let lock = try await run("lock", recipe.string, store: store)
      try #require(lock.status == 0, "\(lock.errorText)")
      let path = recipe.appending("recipe.lock")
      let text = String(decoding: try DurableFile.read(path), as: UTF8.self)
      let locked = try JSONDecoder().decode(Locked.self, from: Data(text.utf8)).python
      #expect(
        locked.packages.map(\.file) == [
          "docopt-0.6.2-py2.py3-none-any.whl", "netifaces-0.11.0-cp311-cp311-linux_x86_64.whl",
        ])
      #expect(locked.sources.map(\.file) == ["docopt-0.6.2.tar.gz", "netifaces-0.11.0.tar.gz"])
      try await compareWithPip(locked.packages[0], in: store, folder)

      // The proof's store has only what was fetched.
      try #require(try await run("fetch", recipe.string, store: store).status == 0)
      let baked = try await run("bake", recipe.string, "--prove", store: store)
      #expect(baked.status == 0, "\(baked.errorText)")
      #expect(baked.errorText.contains("identical"), "\(baked.errorText)")

      let other = Digest(of: "other").hexadecimal
      try DurableFile.write(Array(text.replacing(locked.packages[0].sha256, with: other).utf8), to: path)
      let refused = try await run("bake", recipe.string, store: store)
      #expect(refused.status == 4)
      #expect(
        refused.errorText.contains("error: building docopt 0.6.2 gave another wheel than is pinned\n"),
        "\(refused.errorText)")
    }

    /// The wheel holds the files that pip's own build of the same source gives.
    private func compareWithPip(_ wheel: Locked.Wheel, in store: FilePath, _ folder: TemporaryFolder)
      async throws
    {
      let made = folder.appending("pip")
      _ = try await Command(
        try await PythonTools.program("pip"),
        [
          "wheel", "--quiet", "--no-deps", "--no-binary", ":all:", "--wheel-dir", made.string,
          "docopt==0.6.2",
        ]
      ).output()
      let names = try await PythonTools.ask(
        """
        import os, zipfile
        made = os.path.join(question[0], os.listdir(question[0])[0])
        def files(path):
            with zipfile.ZipFile(path) as archive:
                return sorted(n for n in archive.namelist() if not n.endswith("/"))
        answer = [os.path.basename(made)] + [str(files(path)) for path in (made, question[1])]
        """,
        [made.string, store.pushing(FilePath("blobs/sha256/\(wheel.sha256)")).string], as: [String].self)
      #expect(names[0] == wheel.file)
      #expect(names[1] == names[2])
    }
  }
}
