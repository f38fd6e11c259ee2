import Essentials
import Lockfiles

enum LockfileFixture {
  static func pin(
    _ name: String, _ version: String = "1", content: String? = nil, suite: String = "bookworm",
    size: Int64 = 10,
    because: [Lockfile.Reason] = [.requested]
  ) -> Lockfile.DebianPin {
    Lockfile.DebianPin(
      name: name, version: version, architecture: "amd64", size: size,
      digest: Digest(of: content ?? "\(name) \(version)"), path: "pool/main/\(name)_\(version)_amd64.deb",
      suite: suite,
      because: because)
  }

  static func wheel(
    _ name: String, _ version: String = "1", because: [Lockfile.Reason] = [.requested]
  ) -> Lockfile.PythonPin {
    Lockfile.PythonPin(
      name: name, version: version, file: "\(name)-\(version)-py3-none-any.whl", size: 20,
      digest: Digest(of: "\(name) \(version)"), because: because)
  }

  static let suites = [
    Lockfile.Suite(
      suite: "bookworm-security", origin: "Debian", label: "Debian-Security", date: 1_763_000_000,
      release: Digest(of: "security")),
    Lockfile.Suite(
      suite: "bookworm", origin: "Debian", label: "Debian", date: 1_762_000_000, release: Digest(of: "main")),
  ]

  static func lockfile(
    _ packages: [Lockfile.DebianPin], initrd: [Lockfile.DebianPin] = [], python: [Lockfile.PythonPin]? = nil
  ) -> Lockfile {
    Lockfile(
      recipe: Digest(of: "recipe"),
      debian: Lockfile.Debian(architecture: .amd64, suites: suites, packages: packages, initrd: initrd),
      python: python.map { Lockfile.Python(interpreter: "3.11", packages: $0) })
  }

  static let full = lockfile(
    [
      pin("nginx", "1.22.1-9+deb12u11", suite: "bookworm-security"),
      pin(
        "exim4",
        because: [
          .dependency(.recommends, of: "cron"),
          .dependency(.depends, of: "mailutils", relation: "default-mta | mail-transport-agent"),
        ]),
      pin("dpkg", because: [.essential]),
    ], initrd: [pin("busybox-static", because: [.initrd])],
    python: [wheel("sqlparse", because: [.dependency(.requires, of: "django")]), wheel("django", "5.2.1")])
}
