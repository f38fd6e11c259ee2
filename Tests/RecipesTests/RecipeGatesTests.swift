import Essentials
import Recipes
import SystemPackage
import Testing

@Suite struct RecipeGatesTests {
  @Test func `says which gates are silenced and why`() throws {
    let recipe = try RecipeFixture().read(
      RecipeFixture.least + """
        gates:
          silence: {dangling-links: "the target is mounted at run time"}
          setuid: [/usr/bin/tool]

        """)
    #expect(recipe.gates.silenced == [.danglingLinks: "the target is mounted at run time"])
    #expect(recipe.gates.setuid.map(\.value.string) == ["/usr/bin/tool"])
    #expect(try RecipeFixture().read(RecipeFixture.least).gates.silenced.isEmpty)
  }

  @Test(arguments: [
    (
      "gates: {silence: {dangling-link: \"why\"}}",
      "recipe.yaml:6:19: unknown key 'dangling-link' in 'silence'\nhint: did you mean 'dangling-links'?"
    ),
    ("gates: {silence: {nginx: \"\"}}", "recipe.yaml:6:26: 'nginx' is empty"),
    (
      "gates: {setuid: [bin/tool]}",
      "recipe.yaml:6:18: an element of 'setuid' must be an absolute path, not 'bin/tool'\nhint: write '/bin/tool'"
    ),
    (
      "gates: {setuid: [/a, /a]}",
      "recipe.yaml:6:22: the path '/a' stands here a second time\nhint: it first stands in line 6; remove one of them"
    ),
  ])
  func `refuses what it can't mean`(text: String, fault: String) throws {
    #expect(try RecipeFixture().fault(RecipeFixture.least + text + "\n") == fault)
  }
}
