import Essentials
import Recipes
import Testing

@Suite struct RecipeDigestTests {
  private static func digest(
    _ text: String, requirements: String = "django>=5\n", key: String = "key\n"
  ) throws -> Digest {
    let fixture = try RecipeFixture()
    try fixture.write(requirements, to: "requirements.in")
    try fixture.write("redis\n", to: "more.in")
    try fixture.write(key, to: "keys/extra.asc")
    return try fixture.read(text).resolutionDigest
  }

  private static let least =
    RecipeFixture.least + "packages: [nginx, 'vim (>= 2)']\npython: {requirements: requirements.in}\n"

  @Test(arguments: [
    least + "# a comment\n",
    RecipeFixture.least
      + "packages:\n  - \"vim   (>=2)\"\n  - nginx\npython:\n  requirements: requirements.in\nrecommends: false\n",
    least + "checks: [nginx -t]\n", least + "application: {source: app, destination: /srv/app}\n",
    least
      + "files: [{source: app, destination: /srv/app}]\nstate: [/srv/x]\nservices: {enable: [nginx]}\nswap: {migrate: m}\n",
    RecipeFixture.least
      + "packages: [nginx, 'vim (>= 2)']\npython: {requirements: ['django >=5'], environment: /opt/x}\n",
  ])
  func `is the same where nothing is resolved otherwise`(_ text: String) throws {
    #expect(try Self.digest(text) == Self.digest(Self.least))
  }

  @Test(arguments: [
    least + "recommends: true\n",
    RecipeFixture.least + "packages: [nginx, 'vim (>= 3)']\npython: {requirements: requirements.in}\n",
    RecipeFixture.least + "packages: [nginx, 'vim (>= 2)']\n",
    RecipeFixture.least + "packages: [nginx, 'vim (>= 2)']\npython: {requirements: more.in}\n",
    RecipeFixture.least
      + "packages: [nginx, 'vim (>= 2)']\npython: {requirements: requirements.in, constraints: more.in}\n",
    RecipeFixture.least
      + "packages: [nginx, 'vim (>= 2)']\npython: {requirements: requirements.in, build: [django]}\n",
    RecipeFixture.least
      + "packages: [nginx, 'vim (>= 2)']\npython: {requirements: requirements.in, build-packages: [gcc]}\n",
    least
      + "archives: [{name: a, url: 'https://example.org', suite: s, components: [main], signed-by: keys/extra.asc}]\n",
    least + "pins: [{packages: [vim], pin: version 2*, priority: 700}]\n",
  ])
  func `changes with whatever is resolved otherwise`(_ text: String) throws {
    #expect(try Self.digest(text) != Self.digest(Self.least))
  }

  @Test func `reads requirements files for what they mean`() throws {
    let reference = try Self.digest(Self.least, requirements: "django>=5\nredis\n")
    for text in [
      "redis # a comment\n\nDjango >= 5\n", "-r more.in\ndjango>=5",
      "django \\\n >=5\n--requirement=more.in\n",
    ] {
      #expect(try Self.digest(Self.least, requirements: text) == reference, "\(text)")
    }
    let pinned = "django>=5 --hash=sha256:\(String(repeating: "0", count: 64))\nredis\n"
    #expect(try Self.digest(Self.least, requirements: pinned) != reference)
    #expect(try Self.digest(Self.least, requirements: "django>=5\n-c more.in\n") != reference)
  }

  @Test func `changes with the key of an archive`() throws {
    let text =
      Self.least
      + "archives: [{name: a, url: 'https://example.org', suite: s, components: [main], signed-by: keys/extra.asc}]\n"
    #expect(try Self.digest(text) != Self.digest(text, key: "other\n"))
  }

  /// Lockfiles hold this digest, so it may change only together with its format's number.
  @Test func `stays what it was`() throws {
    #expect(
      try Self.digest(Self.least).description
        == "sha256:a799642833dd294895ec2503d6e19585398564240f2c3a4bbe16ab2fabde67e5")
  }
}
