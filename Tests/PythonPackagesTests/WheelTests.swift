import Essentials
import PythonPackages
import SystemPackage
import TestSupport
import Testing

/// Wheels that are not as they should be, made by Python's `zipfile`.
@Suite struct WheelTests {
  private struct Answer: Decodable { var done: Bool }

  private struct Question: Encodable {
    var path: String
    var change: String
  }

  private static let script = """
    import zipfile, hashlib, base64, stat
    info = "demo-1.0.dist-info"
    files = {"demo/__init__.py": b"x = 1\\n", info + "/METADATA": b"Metadata-Version: 2.1\\nName: demo\\nVersion: 1.0\\n",
        info + "/WHEEL": b"Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
        info + "/entry_points.txt": b"[console_scripts]\\ndemo = demo:main\\n",
        "demo-1.0.data/scripts/run": b"#!python\\nprint(1)\\n"}
    links, extra, listed = [], [], None
    exec(question["change"])
    def row(name, data):
        return f"{name},sha256={base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip('=')},{len(data)}"
    rows = [row(n, d) for n, d in files.items()] if listed is None else listed
    rows.append(info + "/RECORD,,")
    with zipfile.ZipFile(question["path"], "w", zipfile.ZIP_DEFLATED) as z:
        for n, d in list(files.items()) + extra: z.writestr(n, d)
        for n, target, kind in links:
            i = zipfile.ZipInfo(n); i.create_system = 3; i.external_attr = (kind | 0o777) << 16
            z.writestr(i, target)
        z.writestr(info + "/RECORD", "\\n".join(rows) + "\\n")
    answer = {"done": True}
    """

  private func make(_ change: String, in folder: TemporaryFolder, name: String = "demo-1.0-py3-none-any.whl")
    async throws
    -> Wheel
  {
    let path = folder.appending(name)
    _ = try await PythonTools.ask(Self.script, Question(path: path.string, change: change), as: Answer.self)
    return try Wheel(try MappedFile(path), filename: try #require(WheelFilename(name)))
  }

  @Test(arguments: [
    ("files['../evil'] = b'x'", "holds '../evil', which could lead out of its folder"),
    ("files['/etc/evil'] = b'x'", "holds '/etc/evil', which has an absolute name"),
    (
      "files['demo/a/../../../evil'] = b'x'",
      "holds 'demo/a/../../../evil', which could lead out of its folder"
    ),
    (
      "files['demo/' + chr(1)] = b'x'",
      "holds 'demo/\u{1}', which has a control character or a backslash in its name"
    ),
    ("links.append(('demo/link', '/etc', stat.S_IFLNK))", "holds 'demo/link', which is a link"),
    ("links.append(('demo/null', '', stat.S_IFCHR))", "holds 'demo/null', which is no ordinary file"),
    ("links.append(('demo/disk', '', stat.S_IFBLK))", "holds 'demo/disk', which is no ordinary file"),
    ("files['demo/__init__.py/x'] = b'x'", "holds 'demo/__init__.py', which is both a file and a folder"),
    ("extra.append(('demo/__init__.py', b'y'))", "holds 'demo/__init__.py', which stands in it twice"),
    ("files['demo'] = b'x'", "holds 'demo', which is both a file and a folder"),
    ("extra.append(('demo/more.py', b'y'))", "holds 'demo/more.py', which its RECORD doesn't list"),
    (
      "files[info + '/METADATA'] = b'Name: other\\\\nVersion: 1.0\\\\n'",
      "says in its METADATA that it's other 1.0"
    ),
    ("files[info + '/WHEEL'] = b'Wheel-Version: 2.0\\\\n'", "has the format version '2.0'; only 1 is known"),
    ("files['other-1.0.dist-info/METADATA'] = b''", "has 2 folders named .dist-info instead of one"),
    ("del files[info + '/METADATA']", "has no demo-1.0.dist-info/METADATA"),
  ])
  func `a wheel that isn't sound is refused by name`(change: String, reason: String) async throws {
    let folder = try TemporaryFolder()
    let refusal = await #expect(throws: Diagnostic.self) {
      _ = try await make(change.replacing("\\\\", with: "\\"), in: folder)
    }
    #expect(refusal?.message == "demo-1.0-py3-none-any.whl \(reason)")
    #expect(refusal?.category == .verificationFailed)
  }

  @Test func `what unpacks to far more than it may is refused by name`() async throws {
    let folder = try TemporaryFolder()
    let refusal = await #expect(throws: Diagnostic.self) {
      _ = try await make("files[info + '/METADATA'] += bytes(17 << 20)", in: folder)
    }
    #expect(
      refusal?.message
        == "an entry of demo-1.0-py3-none-any.whl unpacks to more than the 16777216 bytes allowed")
    #expect(refusal?.category == .verificationFailed)
  }

  @Test func `a file that isn't what RECORD says is refused`() async throws {
    let folder = try TemporaryFolder()
    let wheel = try await make(
      "listed = [f'{n},sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,{len(d)}' for n, d in files.items()]",
      in: folder)
    let refusal = #expect(throws: Diagnostic.self) { try wheel.verify() }
    #expect(refusal?.message == "'demo/__init__.py' in demo-1.0-py3-none-any.whl isn't what its RECORD says")
  }

  @Test func `a link in the root is not followed out of it`() async throws {
    let folder = try TemporaryFolder()
    let wheel = try await make("", in: folder)
    try DurableFile.createFolder(folder.appending("outside"))
    try DurableFile.createFolder(folder.appending("root/opt/venv"))
    _ = try await Command(
      "ln", ["-s", folder.appending("outside").string, folder.appending("root/opt/venv/lib").string]
    )
    .output()
    let installer = WheelInstaller(root: folder.appending("root"), environment: "/opt/venv", series: "3.11")
    #expect(throws: Diagnostic.self) { try installer.install(wheel, isRequested: true) }
    let listing = try await Command("ls", ["-A", folder.appending("outside").string]).output()
    #expect(listing.isEmpty)
  }

  @Test func `two wheels that differ about a path are both named, and equal ones agree`() async throws {
    let folder = try TemporaryFolder()
    try DurableFile.createFolder(folder.appending("root"))
    let first = try await make("files['shared/x.py'] = b'1'; files['shared/same.py'] = b'same'", in: folder)
    func other(_ content: String) -> String {
      "files = {'shared/x.py': b'\(content)', 'shared/same.py': b'same', 'two-1.0.dist-info/METADATA': b'Name: two\\nVersion: 1.0\\n', 'two-1.0.dist-info/WHEEL': files[info + '/WHEEL']}; info = 'two-1.0.dist-info'"
    }
    let installer = WheelInstaller(root: folder.appending("root"), environment: "/opt/venv", series: "3.11")
    try installer.install(first, isRequested: true)
    let equal = try await make(other("1"), in: folder, name: "two-1.0-py3-none-any.whl")
    try installer.install(equal, isRequested: false)
    let again = WheelInstaller(root: folder.appending("root"), environment: "/opt/second", series: "3.11")
    try again.install(first, isRequested: true)
    let different = try await make(other("2"), in: folder, name: "two-1.0-py3-none-any.whl")
    let refusal = #expect(throws: Diagnostic.self) { try again.install(different, isRequested: false) }
    #expect(
      refusal?.message == "demo-1.0-py3-none-any.whl and two-1.0-py3-none-any.whl both install "
        + "/opt/second/lib/python3.11/site-packages/shared/x.py, with different content")
  }
}
