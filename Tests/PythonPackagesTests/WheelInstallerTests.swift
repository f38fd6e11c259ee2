import Essentials
import Glibc
import PythonPackages
import SystemPackage
import TestSupport
import Testing

@Suite struct WheelInstallerTests {
  /// Wheels with programs, compiled modules, `.data` folders and odd names.
  static let requirements = [
    "django==5.2.1", "celery==5.5.2", "gunicorn==23.0.0", "cffi==1.17.1", "uv==0.7.0",
    "jupyterlab-widgets==3.0.15",
    "docutils==0.21.2", "greenlet==3.2.1", "pip==25.1",
  ]

  private static let describe = """
    import os, hashlib
    root = question
    answer = {}
    for folder, folders, files in os.walk(root):
        for name in folders + files:
            path = os.path.join(folder, name)
            key = os.path.relpath(path, root)
            if "__pycache__" in key: continue
            mode = oct(os.lstat(path).st_mode)
            if os.path.islink(path): answer[key] = "link " + os.readlink(path)
            elif os.path.isdir(path): answer[key] = "folder"
            else:
                content = open(path, "rb").read()
                if name == "RECORD":
                    lines = content.decode().splitlines()
                    content = "\\n".join(l for l in lines if "__pycache__" not in l and "INSTALLER" not in l).encode()
                if name == "INSTALLER": content = b""
                answer[key] = mode + " " + hashlib.sha256(content).hexdigest()
    """

  @Test func `the installed tree is pip's`() async throws {
    let folder = try TemporaryFolder()
    let wheels = folder.appending("wheels")
    let pip = try await PythonTools.program("pip")
    _ = try await Command(
      pip,
      ["download", "--quiet", "--only-binary", ":all:", "--no-deps", "--dest", wheels.string]
        + Self.requirements
    ).output()
    let names = try await PythonTools.ask(
      "import os\nanswer = sorted(os.listdir(question))", wheels.string, as: [String].self)
    // Both go to the same path, one after the other, since programs hold it.
    let environment = folder.appending("root/venv")
    try DurableFile.createFolder(folder.appending("root"))
    _ = try await Command("python3", ["-m", "venv", "--without-pip", environment.string]).output()
    let series: String = try await PythonTools.ask("answer = '%d.%d' % sys.version_info[:2]", "")
    _ = try await Command(
      pip,
      [
        "--python", environment.appending("bin/python3").string, "install", "--quiet", "--no-deps",
        "--no-index", "--no-compile", "--find-links", wheels.string,
      ]
        + Self.requirements
    ).output()
    let before: [String: String] = try await PythonTools.ask(Self.describe, environment.string)
    let moved = folder.appending("root/pip").string
    try #require(rename(environment.string, moved) == 0)

    try VirtualEnvironment.create(
      environment, in: "/", python: PythonVersion("\(series).0") ?? TestVersions.python)
    let installer = WheelInstaller(root: "/", environment: environment, series: series)
    for name in names {
      let wheel = try Wheel(
        try MappedFile(wheels.appending(name)), filename: try #require(WheelFilename(name)))
      try installer.install(wheel, isRequested: true)
    }
    let after: [String: String] = try await PythonTools.ask(Self.describe, environment.string)
    let own: Set<String> = [
      "bin/activate", "bin/activate.csh", "bin/activate.fish", "bin/Activate.ps1", "bin/python",
      "bin/python3",
      "bin/python\(series)", "pyvenv.cfg",
    ]
    for path in Set(before.keys).union(after.keys).sorted()
    where !own.contains(path) {
      #expect(after[path] == before[path], "\(path)")
    }
    #expect(after.count > 3000)
  }
}
