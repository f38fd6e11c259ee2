import Essentials
import Recipes
import SystemPackage
import TestSupport
import Testing

/// Whatever a recipe is changed into, it's read or refused: never a trap, a hang, or an error without a place.
@Suite struct RecipeMutationTests {
  private static let fragments = [
    "*a", "&a ", "!!str ", "<<: ", "---\n", "[", "]", "{", "}", "\t", "\"", "'", "|\n", ">\n", "- ", ": ",
    "\0",
    "\u{85}", "\u{FEFF}", "%YAML 9.9\n", "? ", "#", "\\", "\r\n", "../", "/", "yes", "0644", "1e999", "~",
    "é", "{{ a }}",
  ]

  @Test(arguments: [1, 2, 3, 4] as [UInt64])
  func `is read or refused`(_ seed: UInt64) throws {
    let fixture = try RecipeFixture()
    var random = SplitMix(seed)
    let original = Array(RecipeTests.full.utf8)
    var accepted = 0
    for _ in 0..<500 {
      var bytes = original
      for _ in 0..<Int.random(in: 1...4, using: &random) { Self.mutate(&bytes, &random) }
      do {
        _ = try Recipe.read(bytes, file: fixture.path.appending("recipe.yaml"))
        accepted += 1
      } catch {
        let location = try #require(error.location, "\(error)")
        #expect(error.category == .usage)
        #expect(location.line ?? 0 > 0)
        #expect(!error.message.contains("\n"))
      }
    }
    // Were nothing accepted, the mutations would be too coarse to reach what lies behind the syntax.
    #expect(accepted >= 5)
  }

  private static func mutate(_ bytes: inout [UInt8], _ random: inout SplitMix) {
    let position = Int.random(in: 0..<max(1, bytes.count), using: &random)
    guard position < bytes.count else { return }
    switch Int.random(in: 0..<5, using: &random) {
    case 0: bytes[position] = UInt8.random(in: 0...255, using: &random)
    case 1: bytes.remove(at: position)
    case 2:
      let fragment = fragments.randomElement(using: &random) ?? "["
      bytes.insert(contentsOf: Array(fragment.utf8), at: position)
    case 3:
      let end = min(bytes.count, position + Int.random(in: 1...80, using: &random))
      bytes.insert(
        contentsOf: Array(bytes[position..<end]), at: Int.random(in: 0...bytes.count, using: &random))
    default:
      bytes.removeSubrange(position..<min(bytes.count, position + Int.random(in: 1...40, using: &random)))
    }
  }
}
