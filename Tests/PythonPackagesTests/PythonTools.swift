import Essentials
import FoundationEssentials
import Glibc
import SystemPackage
import Testing

/// Python with `packaging` and uv, installed once into the build folder from the index that the machine's pip uses.
enum PythonTools {
  static let repository = FilePath(#filePath).removingLastComponent().removingLastComponent()
    .removingLastComponent()
  private static let folder = repository.appending(".build/test-tools/python")

  private static let installation = Task { () async throws -> FilePath in
    let ready = folder.appending("ready-1")
    if access(ready.string, F_OK) == 0 { return folder }
    try DurableFile.createFolder(folder.removingLastComponent())
    _ = try await Command("python3", ["-m", "venv", "--clear", folder.string]).output()
    _ = try await Command(
      folder.appending("bin/pip").string, ["install", "--quiet", "--upgrade", "pip", "packaging", "uv"]
    ).output()
    try DurableFile.write([], to: ready)
    return folder
  }

  /// The path of a program of the virtual environment.
  static func program(_ name: String) async throws -> String {
    try await installation.value.appending("bin/\(name)").string
  }

  /// Runs `script`, which finds `question` as `question` and leaves its answer as `answer`.
  static func ask<Question: Encodable, Answer: Decodable>(
    _ script: String, _ question: Question, as type: Answer.Type = Answer.self
  ) async throws -> Answer {
    let whole =
      "import json, sys\nquestion = json.load(sys.stdin)\n\(script)\njson.dump(answer, sys.stdout)\n"
    let input = Array(try JSONEncoder().encode(question))
    let output = try await Command(try await program("python"), ["-c", whole], input: input).output()
    return try JSONDecoder().decode(Answer.self, from: Data(output))
  }
}

/// Random numbers that come again with the same seed. Source: Steele, Lea, Flood, "Fast splittable pseudorandom
/// number generators" (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func pick<Choices: Collection>(_ choices: Choices) -> Choices.Element {
    choices[choices.index(choices.startIndex, offsetBy: Int.random(in: 0..<choices.count, using: &self))]
  }

  mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }

  /// `text` with a few bytes changed, doubled or dropped.
  mutating func mutated(_ text: [UInt8]) -> [UInt8] {
    var bytes = text
    for _ in 0...Int.random(in: 0..<4, using: &self) where !bytes.isEmpty {
      let place = Int.random(in: 0..<bytes.count, using: &self)
      switch Int.random(in: 0..<4, using: &self) {
      case 0: bytes[place] = UInt8.random(in: 0...255, using: &self)
      case 1: bytes.remove(at: place)
      case 2: bytes.insert(bytes[place], at: place)
      default: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 1..<40, using: &self)))
      }
    }
    return bytes
  }
}
