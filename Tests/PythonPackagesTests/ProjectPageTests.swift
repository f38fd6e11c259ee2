import Essentials
import PythonPackages
import SystemPackage
import Testing

@Suite struct ProjectPageTests {
  static let digest = String(repeating: "0a", count: 32)
  static let json = """
    {"meta": {"api-version": "1.4", "other": [1, {"a": null}]}, "name": "demo", "versions": ["1.0"], "files": [
      {"filename": "demo-1.0-py3-none-any.whl", "url": "../../files/demo-1.0-py3-none-any.whl#x", "size": 12,
       "hashes": {"md5": "x", "sha256": "\(digest)"}, "requires-python": ">=3.9", "yanked": false,
       "upload-time": "2024-01-01T00:00:00Z", "core-metadata": {"sha256": "\(digest)"}},
      {"filename": "demo-0.9.tar.gz", "url": "https://example.test/demo-0.9.tar.gz", "hashes": {}, "yanked": "\\u00e4 bad",
       "data-dist-info-metadata": true},
      {"filename": "demo-1.0.exe", "url": "x", "hashes": {}}]}
    """
  static let html = """
    <!DOCTYPE html><html><head><!-- <a href="no">demo-9.tar.gz</a> --></head><body>
    <a href="../../files/demo-1.0-py3-none-any.whl#sha256=\(digest)" data-requires-python="&gt;=3.9"
      data-core-metadata="sha256=\(digest)">demo-1.0-py3-none-any.whl</a><br/>
    <A HREF='https://example.test/demo-0.9.tar.gz' data-yanked="&#228; bad" data-dist-info-metadata=true> demo-0.9.tar.gz </A>
    <a href="x">demo-1.0.exe</a></body></html>
    """

  @Test(arguments: [
    (json, "application/vnd.pypi.simple.v1+json"), (html, "text/html; charset=utf-8"), (html, nil),
    (json, nil),
  ])
  func `both forms of a page say the same`(text: String, type: String?) throws {
    let page = try ProjectPage(
      name: "demo", url: "https://example.test/simple/demo/", contentType: type, bytes: Array(text.utf8))
    try #require(page.files.count == 2)
    let (wheel, source) = (page.files[0], page.files[1])
    #expect(wheel.url == "https://example.test/files/demo-1.0-py3-none-any.whl")
    #expect(wheel.sha256?.hexadecimal == Self.digest)
    #expect(wheel.requiresPython?.description == ">=3.9")
    #expect(wheel.yanked == nil)
    #expect(wheel.coreMetadata == .offered(Digest(hexadecimal: Self.digest)))
    #expect(source.kind == .source("0.9"))
    #expect(source.yanked == "ä bad")
    #expect(source.coreMetadata == .offered(nil))
    if text == Self.json {
      #expect(wheel.size == 12)
      #expect(wheel.uploaded == "2024-01-01T00:00:00Z")
    }
  }

  @Test(arguments: [
    "", "{", "{}", "[]", "nothing", "{\"files\": 1}", "{\"files\": [}",
    "{\"meta\": {\"api-version\": \"2.0\"}}",
  ])
  func `what is no page is refused`(text: String) {
    let refusal = #expect(throws: Diagnostic.self) {
      try ProjectPage(name: "demo", url: "https://example.test/", contentType: nil, bytes: Array(text.utf8))
    }
    #expect(refusal?.category == .verificationFailed)
  }

  @Test func `any bytes are read without harm`() {
    var generator = SeededGenerator(seed: 691)
    for seed in [Self.json, Self.html] {
      for _ in 0..<4000 {
        let bytes = generator.mutated(Array(seed.utf8))
        _ = try? ProjectPage(name: "demo", url: "https://example.test/", contentType: nil, bytes: bytes)
      }
    }
    let metadata = Array(
      "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\nRequires-Dist: a>1; extra == 'x'\n b\n\nName: no".utf8
    )
    for _ in 0..<4000 { _ = try? CoreMetadata(parsing: generator.mutated(metadata), file: "METADATA") }
  }

  @Test func `a page of megabytes is read in a moment`() throws {
    let file =
      "{\"filename\": \"demo-1.%-py3-none-any.whl\", \"url\": \"https://example.test/packages/ab/cd/demo.whl\", \"hashes\": {\"sha256\": \"\(Self.digest)\"}, \"requires-python\": \">=3.9\", \"size\": 100, \"upload-time\": \"2024-01-01T00:00:00Z\", \"yanked\": false}"
    let text =
      "{\"files\": [" + (0..<20000).map { file.replacing("%", with: "\($0)") }.joined(separator: ",") + "]}"
    let began = ContinuousClock.now
    let page = try ProjectPage(
      name: "demo", url: "https://example.test/", contentType: nil, bytes: Array(text.utf8))
    #expect(page.files.count == 20000)
    // Unoptimised builds are some ten times slower than what is shipped.
    #expect(ContinuousClock.now - began < .seconds(20), "\(text.utf8.count) bytes")
  }

  @Test func `a name longer than a file can have is passed over in a moment`() throws {
    let name = "demo" + String(repeating: "-", count: 200_000) + ".zip"
    let text = "{\"files\": [{\"filename\": \"\(name)\", \"url\": \"demo.zip\"}]}"
    let began = ContinuousClock.now
    let page = try ProjectPage(
      name: "demo", url: "https://example.test/", contentType: nil, bytes: Array(text.utf8))
    #expect(page.files.isEmpty)
    #expect(ContinuousClock.now - began < .seconds(20))
  }
}
