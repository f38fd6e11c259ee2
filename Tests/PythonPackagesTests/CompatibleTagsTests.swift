import Essentials
import PythonPackages
import TestSupport
import Testing

@Suite struct CompatibleTagsTests {
  private struct Question: Encodable {
    var minor: Int
    var machine: String
    var glibc: Int
  }

  @Test(arguments: [(11, Architecture.amd64, 36), (13, .amd64, 41), (9, .arm64, 31), (12, .arm64, 17)])
  func `tags and their order are packaging's`(minor: Int, architecture: Architecture, glibc: Int) async throws
  {
    let expected: [String] = try await PythonTools.ask(
      """
      from packaging import tags, _manylinux
      _manylinux._get_glibc_version.cache_clear()
      _manylinux._glibc_version_string = lambda: f"2.{question['glibc']}"
      machine, version = question["machine"], (3, question["minor"])
      platforms = list(_manylinux.platform_tags([machine])) + [f"linux_{machine}"]
      cp = f"cp3{version[1]}"
      answer = [str(t) for t in tags.cpython_tags(version, [cp], platforms)]
      answer += [str(t) for t in tags.compatible_tags(version, cp, platforms)]
      """, Question(minor: minor, machine: architecture.machine, glibc: glibc))
    let target = TargetEnvironment(
      python: PythonVersion("3.\(minor).1") ?? "3", architecture: architecture,
      glibc: .init(major: 2, minor: glibc))
    #expect(CompatibleTags(for: target).ordered == expected)
  }

  @Test(arguments: [
    ("numpy-2.0.0-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", true),
    ("numpy-2.0.0-cp312-cp312-manylinux_2_17_x86_64.whl", false),
    ("numpy-2.0.0-cp311-cp311-manylinux_2_39_x86_64.whl", false),
    ("numpy-2.0.0-cp311-cp311-musllinux_1_2_x86_64.whl", false),
    ("numpy-2.0.0-cp311-cp311-manylinux_2_17_aarch64.whl", false),
    ("cryptography-42.0.0-cp37-abi3-manylinux_2_28_x86_64.whl", true),
    ("six-1.16.0-py2.py3-none-any.whl", true), ("x-1-py2-none-any.whl", false),
    ("x-1-py312-none-any.whl", false),
  ])
  func `a wheel fits the target or doesn't`(name: String, fits: Bool) throws {
    let wheel = try #require(WheelFilename(name))
    #expect((CompatibleTags(for: MarkerTests.target).rank(of: wheel) != nil) == fits)
  }
}

@Suite struct WheelFilenameTests {
  private struct Answer: Decodable {
    var name: String?
    var version: String?
    var build: [String]?
    var tags: [String]?
  }

  @Test func `file names read as packaging reads them`() async throws {
    var generator = SeededGenerator(seed: 427)
    let seeds = [
      "six-1.16.0-py2.py3-none-any.whl", "Foo_Bar-1.0.0-2abc-cp311-abi3-manylinux_2_17_x86_64.whl",
      "a.b-1.0+local.1-py3-none-any.whl", "zope.interface-6.0-1-cp39-cp39-linux_x86_64.whl",
    ]
    let texts =
      seeds
      + (0..<4000).map { _ in
        String(decoding: generator.mutated(Array(generator.pick(seeds).utf8)), as: UTF8.self)
      }.filter { $0.utf8.allSatisfy { (0x21...0x7E).contains($0) } }
    let answers = try await PythonTools.ask(
      """
      from packaging.utils import parse_wheel_filename, InvalidWheelFilename
      answer = []
      for text in question:
          try:
              name, version, build, tags = parse_wheel_filename(text)
              answer.append({"name": name, "version": str(version), "build": [str(b) for b in build],
                  "tags": sorted(str(t) for t in tags)})
          except InvalidWheelFilename:
              answer.append({})
      """, texts, as: [Answer].self)
    for (text, answer) in zip(texts, answers) {
      // A name must end with a letter or digit here; packaging is laxer.
      let stem = text.prefix { $0 != "-" }
      if answer.name != nil, ProjectName(stem) == nil { continue }
      let wheel = WheelFilename(text)
      #expect(wheel?.name.description == answer.name, "\(text)")
      guard let wheel, answer.name != nil else { continue }
      #expect(wheel.version.description == answer.version, "\(text)")
      #expect(wheel.build.map { ["\($0.number)", $0.suffix] } ?? [] == answer.build, "\(text)")
      let tags = wheel.pythons.flatMap { python in
        wheel.abis.flatMap { abi in wheel.platforms.map { "\(python)-\(abi)-\($0)" } }
      }
      #expect(Set(tags).sorted() == answer.tags, "\(text)")
    }
  }
}
