import Essentials
import SystemPackage
import TestSupport
import Testing

/// Each built-in gate, on the example's recipe: it passes them all, and fails that one which has a reason to.
@Suite struct GateRecipeTests {
  /// A fault in the recipe, and what the gate says of it.
  private struct Fault: Sendable {
    let gate: String
    let finding: String
    /// A file of the recipe, what is replaced in it (its end, where empty), and by what.
    var file = "recipe.yaml"
    var text = "  build:\n"
    let change: String

    /// A fault that the application's build makes.
    init(_ gate: String, _ finding: String, building command: String) {
      self.gate = gate
      self.finding = finding
      change = "  build:\n    - '\(command)'\n"
    }

    init(_ gate: String, _ finding: String, in file: String, _ text: String, _ change: String) {
      self.gate = gate
      self.finding = finding
      self.file = file
      self.text = text
      self.change = change
    }
  }

  private static let web = "files/systemd/logic-web.service"

  private static let faults = [
    Fault("nginx", "unknown directive \"sail\"", in: "files/nginx/nginx.conf", "", "sail on;\n"),
    Fault("units", "no D-Bus service name", in: web, "Type=notify", "Type=dbus"),
    Fault(
      "credentials", "undeclared.env", in: web, "[Service]\n", "[Service]\nLoadCredential=undeclared.env\n"),
    Fault(
      "network-units", "network-online.target", in: web, "[Unit]\n", "[Unit]\nWants=network-online.target\n"),
    Fault(
      "unit-programs", "/usr/bin/no-such-program", in: web, "[Service]\n",
      "[Service]\nExecStartPre=/bin/true\nExecStartPre=/usr/bin/no-such-program\n"),
    Fault("django", "security.W019", in: "app/logic/settings.py", "", "\nX_FRAME_OPTIONS = \"SAMEORIGIN\"\n"),
    Fault(
      "wheels", "requires sqlparse",
      building: "rm -r /opt/venv/lib/python3.11/site-packages/sqlparse-*.dist-info"),
    Fault(
      "shared-libraries", "libxyz.so.0",
      building: "sed s/libmnl.so.0/libxyz.so.0/ /usr/bin/ip >tool && chmod 755 tool"),
    Fault(
      "dangling-links", "/srv/app/dangling leads to /srv/app/nowhere", building: "ln -s nowhere dangling"),
    Fault("world-writable", "/srv/app/open may be written by all", building: "touch open && chmod 666 open"),
    Fault("setuid", "/srv/app/own runs with the rights", building: "cp /bin/true own && chmod 4755 own"),
    Fault(
      "private-keys", "/srv/app/token", building: "printf %s%s AKIA Q2W3E4R5T6Y7U8I9 >token"),
  ]

  @Test func `the example passes all gates, and fails each that has a reason to`() async throws {
    let flow = try await Flow()
    try await flow.hardtack("fetch", flow.recipe.string)
    let whole = flow.folder.appending("whole")
    _ = try await Command("cp", ["-a", flow.recipe.string, whole.string]).output()
    func bake() async throws -> (status: Int32, text: String) {
      let result = try await Command(
        BuiltProgram.path("hardtack").string, ["bake", flow.recipe.string], environment: flow.environment
      ).run()
      return (result.status, result.errorText)
    }
    let passed = try await bake()
    #expect(passed.status == 0, "\(passed.text)")
    for fault in Self.faults {
      _ = try await Command(
        "sh", ["-c", "rm -rf \"$1\" && cp -a \"$0\" \"$1\"", whole.string, flow.recipe.string]
      ).output()
      let path = flow.recipe.pushing(FilePath(fault.file))
      let before = String(decoding: try DurableFile.read(path), as: UTF8.self)
      let after =
        fault.text.isEmpty
        ? before + fault.change : before.replacing(fault.text, with: fault.change, maxReplacements: 1)
      #expect(after != before, "\(fault.gate)")
      try DurableFile.write(Array(after.utf8), to: path)
      let outcome = try await bake()
      #expect(outcome.status == 6, "\(fault.gate): \(outcome.text)")
      #expect(outcome.text.contains("error: the gate '\(fault.gate)' failed\n"), "\(outcome.text)")
      #expect(outcome.text.contains(fault.finding), "\(fault.gate): \(outcome.text)")
    }
    // And each gate that the program has was met.
    let page = String(
      decoding: try DurableFile.read(BuiltProgram.package.pushing("docs/bake.md")), as: UTF8.self)
    let gates = page.split(separator: "\n").filter { $0.hasPrefix("| `") }.map {
      String($0.dropFirst(3).prefix { $0 != "`" })
    }
    #expect(Set(gates) == Set(Self.faults.map(\.gate)))
  }
}
