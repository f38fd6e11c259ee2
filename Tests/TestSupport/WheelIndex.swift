package import Essentials
import FoundationEssentials
import Glibc
package import SystemPackage

/// A Python package index of a test's own, in the form of PEP 691, with wheels that Python's zipfile makes, and source
/// distributions.
package struct WheelIndex: Sendable {
  /// One wheel: its file name, and what its METADATA says it requires. Or a source distribution, `NAME-VERSION.tar.gz`.
  package struct Wheel: Sendable {
    package var file: String
    package var requires: [String]
    package var requiresPython: String?
    /// When it was uploaded (PEP 700).
    package var uploaded: String
    /// A source distribution's files, by their paths in its folder.
    package var sources: [String: String]

    package init(
      _ file: String, requires: [String] = [], requiresPython: String? = nil,
      uploaded: String = "2025-11-01T12:00:00.123456Z", sources: [String: String] = [:]
    ) {
      self.sources = sources
      self.uploaded = uploaded
      self.file = file
      self.requires = requires
      self.requiresPython = requiresPython
    }

    package var project: String { String(file.split(separator: "-")[0]) }
    var version: String { String(file.split(separator: "-")[1].replacing(".tar.gz", with: "")) }
  }

  /// The folder `simple`, which holds a folder a project, and `files` beside it.
  package let root: FilePath

  /// Makes an index without projects in `folder`.
  package init(in folder: FilePath) throws(Diagnostic) {
    root = folder
    try DurableFile.createFolder(root.appending("files"))
    try DurableFile.createFolder(root.appending("simple"))
  }

  /// Offers exactly these wheels of each of their projects, in HTML, which tells no sizes (PEP 503).
  package func publishHTML(_ wheels: [Wheel]) async throws {
    for wheel in wheels where (try? DurableFile.read(path(wheel))) == nil { try await make(wheel) }
    for (project, own) in Dictionary(grouping: wheels, by: \.project) {
      let folder = root.appending("simple").appending(project)
      try DurableFile.createFolder(folder)
      unlink(folder.appending("index.json").string)
      var page = "<!DOCTYPE html><html><body>\n"
      for wheel in own {
        let digest = Digest(of: try DurableFile.read(path(wheel)))
        let python = wheel.requiresPython.map {
          " data-requires-python=\"\($0.replacing(">", with: "&gt;"))\""
        }
        page +=
          "<a href=\"../../files/\(wheel.file)#sha256=\(digest.hexadecimal)\"\(python ?? "")>\(wheel.file)</a>\n"
      }
      try DurableFile.write(Array((page + "</body></html>\n").utf8), to: folder.appending("index.html"))
    }
  }

  /// Offers exactly these wheels of each of their projects.
  package func publish(_ wheels: [Wheel]) async throws {
    for wheel in wheels where (try? DurableFile.read(path(wheel))) == nil { try await make(wheel) }
    for (project, own) in Dictionary(grouping: wheels, by: \.project) {
      var files: [String] = []
      for wheel in own {
        let bytes = try DurableFile.read(path(wheel))
        let python = wheel.requiresPython.map { ", \"requires-python\": \"\($0)\"" } ?? ""
        files.append(
          "{\"filename\": \"\(wheel.file)\", \"url\": \"../../files/\(wheel.file)\", \"size\": \(bytes.count), "
            + "\"upload-time\": \"\(wheel.uploaded)\", \"hashes\": {\"sha256\": \"\(Digest(of: bytes).hexadecimal)\"}\(python)}"
        )
      }
      let page =
        "{\"meta\": {\"api-version\": \"1.1\"}, \"name\": \"\(project)\", \"files\": [\(files.joined(separator: ", "))]}"
      let folder = root.appending("simple").appending(project)
      try DurableFile.createFolder(folder)
      try DurableFile.write(Array(page.utf8), to: folder.appending("index.json"))
    }
  }

  private func path(_ wheel: Wheel) -> FilePath { root.appending("files").appending(wheel.file) }

  private func make(_ wheel: Wheel) async throws {
    if wheel.file.hasSuffix(".tar.gz") { return try await makeSource(wheel) }
    let metadata =
      "Metadata-Version: 2.1\nName: \(wheel.project)\nVersion: \(wheel.version)\n"
      + wheel.requires.map { "Requires-Dist: \($0)\n" }.joined()
      + (wheel.requiresPython.map { "Requires-Python: \($0)\n" } ?? "")
    let script = """
      import base64, hashlib, sys, zipfile
      path, name, metadata = sys.argv[1:]
      info = name + ".dist-info/"
      module = name.split("-")[0] + ".py"
      files = {module: b"", info + "METADATA": metadata.encode(),
               info + "WHEEL": b"Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"}
      def line(name, data):
          digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
          return f"{name},sha256={digest},{len(data)}\\n"
      record = "".join(line(*item) for item in files.items()) + info + "RECORD,,\\n"
      with zipfile.ZipFile(path, "w") as archive:
          for name, data in {**files, info + "RECORD": record.encode()}.items():
              archive.writestr(zipfile.ZipInfo(name), data)
      """
    _ = try await Command(
      "python3", ["-c", script, path(wheel).string, "\(wheel.project)-\(wheel.version)", metadata]
    ).output()
  }

  private func makeSource(_ source: Wheel) async throws {
    let script = """
      import io, json, sys, tarfile
      path, name = sys.argv[1:]
      with tarfile.open(path, "w:gz") as archive:
          for file, text in sorted(json.load(sys.stdin).items()):
              member = tarfile.TarInfo(f"{name}/{file}")
              member.size, member.mtime, member.mode = len(text.encode()), 1600000000, 0o644
              archive.addfile(member, io.BytesIO(text.encode()))
      """
    let metadata = "Metadata-Version: 2.1\nName: \(source.project)\nVersion: \(source.version)\n"
    let files = source.sources.merging(["PKG-INFO": metadata]) { own, _ in own }
    _ = try await Command(
      "python3", ["-c", script, path(source).string, "\(source.project)-\(source.version)"],
      input: Array(try JSONEncoder().encode(files))
    ).output()
  }
}
