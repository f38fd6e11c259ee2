import Essentials
import Lockfiles
import SystemPackage
import TestSupport
import Testing

/// Lockfiles that no `lock` has written.
@Suite struct LockfileFaultTests {
  private static let text = LockfileFixture.full.text

  private static func fault(_ text: String) -> Diagnostic? {
    do {
      _ = try Lockfile.parse(Array(text.utf8), file: "recipe.lock")
      return nil
    } catch {
      return error
    }
  }

  private static func replacing(_ old: String, _ new: String) -> String {
    guard let start = text.indices.first(where: { text[$0...].hasPrefix(old) }) else { return "" }
    return text[..<start] + new + text[text.index(start, offsetBy: old.count)...]
  }

  static let edits: [(String, String, String)] = [
    ("1.22.1-9+deb12u11\"", "1.22.1-8\"", "PASS"),
    ("{\"lockfile\": 1", "{ \"lockfile\": 1", ""),
    ("  \"architecture\"", "\t\"architecture\"", ""),
    ("\"epoch\": 1763000000", "\"epoch\": 1763000001", ""),
    ("\"size\": 10", "\"size\": 010", ""),
    ("\"Debian\"", "\"\\u0044ebian\"", ""),
    (
      "[\"depends of mailutils: default-mta | mail-transport-agent\", \"recommends of cron\"]",
      "[\"recommends of cron\", \"requested\", \"base\"]", ""
    ),
    ("\"because\": \"essential\"", "\"because\": [\"essential\"]", ""),
  ]

  /// A change that the rules allow still isn't what would be written, unless it's another valid lockfile.
  @Test(arguments: edits)
  func `tells that it was edited`(_ old: String, _ new: String, _ outcome: String) throws {
    let fault = Self.fault(Self.replacing(old, new))
    guard outcome.isEmpty else {
      #expect(fault == nil)
      return
    }
    #expect(fault?.category == .noSolution)
    #expect(fault?.message == "the lockfile was edited by hand: it isn't what 'hardtack lock' writes")
    #expect(fault?.hints == ["undo the change, or run 'hardtack lock' to write the lockfile anew"])
    #expect(fault?.location?.line != nil && fault?.location?.column != nil)
  }

  @Test func `tells that lines changed places`() {
    var lines = Self.text.split(separator: "\n", omittingEmptySubsequences: false)
    lines.swapAt(10, 11)
    let fault = Self.fault(lines.joined(separator: "\n"))
    #expect(fault?.category == .noSolution)
    #expect(fault?.location?.description == "recipe.lock:11:14")
  }

  @Test(arguments: [
    ("", "recipe.lock:1:1: not a lockfile: the text ends where a value is expected"),
    ("[]", "recipe.lock:1:1: not a lockfile: expected an object"),
    ("{\"lockfile\": 1}", "recipe.lock:1:1: not a lockfile: the key 'recipe' is missing"),
    (
      "{\"lockfile\": 2, \"new\": {}}",
      "recipe.lock:1:1: the lockfile has version 2; this program knows version 1"
    ),
    (String(repeating: "[", count: 100_000), "recipe.lock:1:9: not a lockfile: nested too deeply"),
    ("{\"a\": 99999999999999999999}", "recipe.lock:1:7: not a lockfile: the number is too large"),
    (
      "{\"a\": -1}", "recipe.lock:1:7: not a lockfile: expected an object, a list, a string or a whole number"
    ),
    ("{\"a\": 1, \"a\": 2}", "recipe.lock:1:10: not a lockfile: the key 'a' stands here a second time"),
    ("{\"a\": \"\\q\"}", "recipe.lock:1:9: not a lockfile: no such escape"),
    (
      "{\"a\": \"\\ud800\"}",
      "recipe.lock:1:10: not a lockfile: the escape isn't four hexadecimal digits of a character"
    ),
    (text + "x", "recipe.lock:26:1: not a lockfile: something follows the end"),
    (text + ">>>>>>> other\n", "recipe.lock:26:1: the lockfile holds an unresolved merge"),
    (
      replacing("\"recipe\": \"sha256:", "\"recipe\": \"sha512:"),
      "recipe.lock:2:12: not a lockfile: 'recipe' can't be 'sha512:e1d8e552330911f9f779f85b6f2c00a15e790dcc3fbb3b28f5da1d660a30c5b8'"
    ),
    (
      replacing("\"name\": \"dpkg\"", "\"name\": \"nginx\""),
      "recipe.lock:13:4: not a lockfile: 'nginx' stands here a second time"
    ),
    (
      replacing("\"name\": \"dpkg\"", "\"name\": \"../x\""),
      "recipe.lock:11:13: not a lockfile: 'name' can't be '../x'"
    ),
    (
      replacing("pool/main/dpkg", "pool/../dpkg"),
      "recipe.lock:11:160: not a lockfile: 'path' can't be 'pool/../dpkg_1_amd64.deb'"
    ),
    (
      replacing("\"suite\": \"bookworm\", \"because\"", "\"suite\": \"sid\", \"because\""),
      "recipe.lock:11:199: not a lockfile: 'suite' can't be 'sid'"
    ),
    (
      replacing("\"amd64\", \"size\"", "\"arm64\", \"size\""),
      "recipe.lock:11:53: not a lockfile: 'architecture' can't be 'arm64'"
    ),
    (
      replacing("\"essential\"", "\"fun\""),
      "recipe.lock:11:222: not a lockfile: 'because' holds what is no reason"
    ),
    (replacing("\"essential\"", "[]"), "recipe.lock:11:222: not a lockfile: 'because' is empty"),
    (
      replacing("\"size\": 10", "\"size\": \"10\""),
      "recipe.lock:11:70: not a lockfile: 'size' must be a whole number"
    ),
    (
      replacing("\"date\": \"2025", "\"date\": \"1925"),
      "recipe.lock:7:73: not a lockfile: 'date' can't be '1925-11-01T12:26:40Z'"
    ),
    (
      replacing("\"interpreter\"", "\"interpeter\""),
      "recipe.lock:20:17: not a lockfile: unknown key 'interpeter'"
    ),
    (
      replacing(".whl", ".tar"),
      "recipe.lock:22:51: not a lockfile: 'file' can't be 'django-5.2.1-py3-none-any.tar'"
    ),
  ])
  func `refuses`(_ text: String, _ expected: String) throws {
    let fault = try #require(Self.fault(text))
    #expect(fault.category == .verificationFailed)
    #expect(fault.description.split(separator: "\n").first.map(String.init) == expected)
    #expect(fault.hints.count == 1)
  }

  /// Whatever a lockfile is changed into, it's refused, or a lockfile whose text is those very bytes.
  @Test(arguments: [1, 2, 3, 4] as [UInt64])
  func `takes nothing but canonical text`(_ seed: UInt64) {
    var random = SplitMix(seed)
    let original = Array(Self.text.utf8)
    for _ in 0..<3000 {
      var bytes = original
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        let position = Int.random(in: 0..<max(1, bytes.count), using: &random)
        let end = min(bytes.count, position + Int.random(in: 1...60, using: &random))
        switch Int.random(in: 0..<4, using: &random) {
        case _ where position >= bytes.count: break
        case 0: bytes[position] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes.removeSubrange(position..<end)
        case 2: bytes.insert(contentsOf: Array(bytes[position..<end]), at: position)
        default: bytes.insert("{}[]\",:\\u019 ".utf8.randomElement(using: &random) ?? 0, at: position)
        }
      }
      do {
        let lockfile = try Lockfile.parse(bytes, file: "recipe.lock")
        #expect(Array(lockfile.text.utf8) == bytes)
      } catch {
        #expect(error.location?.line ?? 0 > 0)
        #expect(!error.message.contains("\n"))
      }
    }
  }
}
