import Essentials
import FoundationEssentials
import Images
import Lockfiles
import SystemPackage
import TestSupport
import Testing

@testable import Baking

/// Bills of materials, read by the formats' own libraries.
@Suite struct BillOfMaterialsTests {
  private static func pin(
    _ name: String, _ version: String, suite: String = "bookworm", _ because: Lockfile.Reason
  ) -> Lockfile.DebianPin {
    Lockfile.DebianPin(
      name: name, version: version, architecture: "amd64", size: 1, digest: Digest(of: name),
      path: "pool/main/x/\(name).deb", suite: suite, because: [because])
  }

  private static func suite(_ name: String, _ origin: String) -> Lockfile.Suite {
    Lockfile.Suite(suite: name, origin: origin, label: "", date: 1_762_000_000, release: Digest(of: name))
  }

  private static let lockfile = Lockfile(
    recipe: Digest(of: "recipe"),
    debian: Lockfile.Debian(
      architecture: .amd64, suites: [suite("bookworm-security", "Debian"), suite("own/stable", "Own Tools")],
      packages: [
        pin("g++", "4:12.2.0-3", suite: "bookworm-security", .requested),
        pin("libstdc++6", "12.2.0-14+deb12u1", suite: "bookworm-security", .dependency(.depends, of: "g++")),
        pin("tool", "1~rc1", suite: "own/stable", .requested),
        pin("removed", "1", .requested),
      ], initrd: [pin("busybox-static", "1:1.35.0-4", .initrd)]),
    python: Lockfile.Python(
      interpreter: "3.11",
      packages: [
        Lockfile.PythonPin(
          name: "django", version: "5.2.0", file: "Django-5.2.0-py3-none-any.whl", size: 1,
          digest: Digest(of: "django"), because: [.requested]),
        Lockfile.PythonPin(
          name: "sqlparse", version: "0.5", file: "sqlparse-0.5-py3-none-any.whl", size: 1,
          digest: Digest(of: "sqlparse"), because: [.dependency(.requires, of: "django")]),
      ]))

  private static func paragraph(_ name: String, _ version: String, _ state: String = "installed") -> String {
    "Package: \(name)\nStatus: install ok \(state)\nArchitecture: amd64\nVersion: \(version)\n"
  }

  /// What the tree says is installed: a package was removed, another put in the place of the pinned one, a third configured
  /// only, and a wheel came along with the application.
  private static func tree() throws -> GateTree {
    try GateTree { root in
      try GateTree.write(
        [
          paragraph("g++", "4:12.2.0-3"), paragraph("libstdc++6", "12.2.0-14+deb12u1"),
          paragraph("tool", "2"), paragraph("gone", "1", "config-files"),
        ].joined(separator: "\n"), to: root.appending("var/lib/dpkg/status"))
      for (folder, name, version) in [
        ("Django-5.2.0", "Django", "5.2"), ("sqlparse-0.5", "sqlparse", "0.5"),
        ("own_part-3", "own_part", "3"),
      ] {
        try GateTree.write(
          "Metadata-Version: 2.1\nName: \(name)\nVersion: \(version)\n",
          to: root.pushing(FilePath("opt/venv/lib/python3.11/site-packages/\(folder).dist-info/METADATA")))
      }
    }
  }

  private static func bill() throws -> BillOfMaterials {
    let place = try tree()
    let installed = InstalledComponents(
      place.tree, environment: "/opt/venv/lib/python3.11/site-packages")
    let components = try installed.reconcile(lockfile.components(withInitrd: false))
    return BillOfMaterials(name: "demo", created: lockfile.epoch, components: components)
  }

  @Test func `lists what is installed, with the digest of what is pinned`() throws {
    let bill = try Self.bill()
    #expect(
      bill.components.map { "\($0.url) \($0.digest == nil ? "found" : "pinned")" } == [
        "pkg:deb/debian/g%2B%2B@4:12.2.0-3?arch=amd64&distro=bookworm pinned",
        "pkg:deb/debian/libstdc%2B%2B6@12.2.0-14%2Bdeb12u1?arch=amd64&distro=bookworm pinned",
        "pkg:deb/tool@2?arch=amd64 found", "pkg:pypi/django@5.2.0 pinned", "pkg:pypi/own-part@3 found",
        "pkg:pypi/sqlparse@0.5 pinned",
      ])
    #expect(bill.dependencies(of: bill.components[0]).map(\.name) == ["libstdc++6"])
    #expect(bill.dependencies(of: bill.components[3]).map(\.name) == ["sqlparse"])
  }

  @Test func `refuses a tree without dpkg's status`() throws {
    let place = try GateTree { root in try GateTree.write("", to: root.appending("file")) }
    let failure = #expect(throws: Diagnostic.self) {
      try InstalledComponents(place.tree, environment: nil).reconcile([])
    }
    #expect(failure?.category == .verificationFailed)
  }

  @Test func `the formats' own libraries take both documents`() async throws {
    let folder = try TemporaryFolder()
    let bill = try Self.bill()
    for (name, document) in [
      ("bill.spdx.json", try CanonicalDocument(SPDXDocument(bill), as: MediaType.spdx)),
      ("bill.cdx.json", try CanonicalDocument(CycloneDXDocument(bill), as: MediaType.cyclonedx)),
    ] { try DurableFile.write(document.bytes, to: folder.appending(name)) }
    let python = try await PythonTools.program(
      "python", with: FilePath(#filePath).removingLastComponent().pushing("Oracles/requirements.txt"))
    let script = """
      import json, sys
      from spdx_tools.spdx.parser.parse_anything import parse_file
      from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document
      from cyclonedx.validation.json import JsonStrictValidator
      from cyclonedx.schema import SchemaVersion
      from cyclonedx.model.bom import Bom
      document = parse_file(sys.argv[1])
      problems = [m.validation_message for m in validate_full_spdx_document(document)]
      text = open(sys.argv[2]).read()
      failure = JsonStrictValidator(SchemaVersion.V1_5).validate_str(text)
      if failure: problems.append(str(failure))
      bom = Bom.from_json(json.loads(text))
      bom.validate()
      names = sorted(p.name for p in document.packages if p.name != "demo")
      assert names == sorted(c.name for c in bom.components), names
      print(len(names), len(document.relationships), problems)
      """
    let said = try await Command(
      python,
      ["-c", script, folder.appending("bill.spdx.json").string, folder.appending("bill.cdx.json").string]
    ).output()
    #expect(String(decoding: said, as: UTF8.self) == "6 9 []\n")
  }
}
