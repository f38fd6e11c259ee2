import Essentials
import PythonPackages
import SystemPackage
import TestSupport
import Testing

/// What uv locks, over the index that the machine's pip uses, and what is taken from it.
@Suite struct LockToolsTests {
  static let project = """
    [project]
    name = "shop"
    version = "0.1.0"
    requires-python = ">=3.10"
    dependencies = ["django>=5.2,<5.3", "celery[redis]>=5.4", "gunicorn", "psycopg[binary]",
      "tzdata; sys_platform == 'win32'", "importlib-metadata; python_version < '3.12'", "numpy", "requests[socks]"]
    [project.optional-dependencies]
    mail = ["django-anymail"]
    [dependency-groups]
    dev = ["pytest"]

    """

  @Test func `uv.lock and uv's pylock.toml give the wheels that packaging selects`() async throws {
    let folder = try TemporaryFolder()
    try DurableFile.write(Array(Self.project.utf8), to: folder.appending("pyproject.toml"))
    let uv = try await PythonTools.program("uv")
    let python = try await PythonTools.program("python")
    let common = ["--quiet", "--no-config", "--python", python, "--directory", folder.path.string]
    _ = try await Command(uv, ["lock", "--default-index", try await PipIndex.url()] + common).output()
    _ = try await Command(
      uv, ["export", "--frozen", "--no-dev", "--format", "pylock.toml", "-o", "pylock.toml"] + common
    ).output()
    let pylock = try DurableFile.read(folder.appending("pylock.toml"))
    let tags = CompatibleTags(for: MarkerTests.target)
    let expected = try await PythonTools.ask(
      """
      import tomllib
      from packaging.pylock import Pylock
      from packaging.tags import parse_tag
      environment = {"implementation_name": "cpython", "implementation_version": "3.11.2", "os_name": "posix",
          "platform_machine": "x86_64", "platform_release": "", "platform_system": "Linux", "platform_version": "",
          "python_full_version": "3.11.2", "platform_python_implementation": "CPython", "python_version": "3.11",
          "sys_platform": "linux"}
      tags = [tag for text in question[1:] for tag in parse_tag(text)]
      lock = Pylock.from_dict(tomllib.loads(question[0]))
      answer = sorted(file.filename for _, file in lock.select(environment=environment, tags=tags)
          if hasattr(file, "filename"))
      """, [String(decoding: pylock, as: UTF8.self)] + tags.ordered, as: [String].self)
    #expect(expected.count > 20)
    for (format, name) in [(LockFormat.pylock, "pylock.toml"), (.uv, "uv.lock")] {
      let content = try DurableFile.read(folder.appending(name))
      let projects = try format.read(content, file: name, environment: MarkerTests.target)
      let found = try projects.map {
        try $0.wheel(for: MarkerTests.target, tags: tags).filename.text.lowercased()
      }
      #expect(Set(found).symmetricDifference(expected.map { $0.lowercased() }).sorted() == [], "\(name)")
      if format == .uv {
        #expect(
          projects.filter(\.isRequested).map(\.name.description) == [
            "celery", "django", "gunicorn", "importlib-metadata", "numpy", "psycopg", "requests",
          ])
        #expect(projects.first { $0.name == "asgiref" }?.askedForBy == ["django"])
        #expect(projects.first { $0.name == "psycopg-binary" }?.askedForBy == ["psycopg"])
      }
    }
  }
}
