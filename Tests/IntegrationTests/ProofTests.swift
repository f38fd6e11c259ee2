import Essentials
import SystemPackage
import TestSupport
import Testing

extension RealBakes {
  /// Bakes that are proved, refused by gates, or compared.
  @Suite(.serialized) struct ProofTests {
    @Test(arguments: Baker.allCases)
    func `proves a bake that is the same again`(_ baker: Baker) async throws {
      let image = try SmallImage.shared
      let outcome = try await image.run(
        baker, "bake", image.recipe.string, "--store", image.store(of: baker).string, "--prove")
      #expect(outcome.code == 0, "\(outcome.text)")
      #expect(outcome.text.contains("identical"))
      #expect(outcome.digest == image.baked[baker]?.digest)
    }

    @Test func `names what a build command makes anew each time`() async throws {
      let image = try SmallImage.shared
      let recipe = try await image.variant(
        "random",
        build: [
          "cp /proc/sys/kernel/random/uuid id", "umask > mask", "mkdir -p a && date +%N > a/time",
          "date +%Y > year", "perl -e 'print((localtime)[5])' > perl", "touch now",
        ])
      let outcome = try await image.run(
        .root, "bake", recipe.string, "--store", image.store(of: .root).string, "--prove")
      #expect(outcome.code == 4, "\(outcome.text)")
      #expect(outcome.text.contains("error: baked again, the image is another"))
      #expect(outcome.text.contains("application layer:"))
      #expect(outcome.text.contains("  /srv/app/id: byte "))
      #expect(outcome.text.contains("  /srv/app/a/time: "))
      #expect(outcome.text.contains("  /srv/app/year: "))
      #expect(outcome.text.contains("  /srv/app/perl: "))
      #expect(!outcome.text.contains("/srv/app/mask"))
      #expect(!outcome.text.contains("/srv/app/now"))
    }

    @Test func `refuses a tree that gates find fault with, unless they're silenced`() async throws {
      let image = try SmallImage.shared
      let store = image.store(of: .root).string
      let recipe = try await image.variant(
        "faulty",
        build: [
          "ln -s nowhere dangling && touch open && chmod 666 open && cp /bin/true own && chmod 4755 own"
        ])
      let refused = try await image.run(.root, "bake", recipe.string, "--store", store)
      #expect(refused.code == 6)
      for line in [
        "  /srv/app/dangling leads to /srv/app/nowhere, which isn't there (application)",
        "  /srv/app/open may be written by all: mode 0666 (application)",
        "  /srv/app/own runs with the rights of user 0: mode 4755 (application)",
      ] { #expect(refused.text.contains(line), "\(refused.text)") }
      let file = recipe.appending("recipe.yaml")
      let text = String(decoding: try DurableFile.read(file), as: UTF8.self).replacing(
        "gates: {setuid: [",
        with:
          "gates: {silence: {dangling-links: \"a test\", world-writable: \"a test\"}, setuid: [/srv/app/own, "
      )
      try DurableFile.write(Array(text.utf8), to: file)
      let passed = try await image.run(.root, "bake", recipe.string, "--store", store)
      #expect(passed.code == 0, "\(passed.text)")
    }

    @Test func `finds values of secrets, and never shows them`() async throws {
      let image = try SmallImage.shared
      let store = image.store(of: .root).string
      let recipe = try await image.variant(
        "leaking", build: ["mkdir in && echo first hunter2hunter2 > in/file"])
      let file = recipe.appending("recipe.yaml")
      let text = String(decoding: try DurableFile.read(file), as: UTF8.self)
      try DurableFile.write(Array("KEY={{ key }}\n".utf8), to: recipe.appending("app.env"))
      let declared = text + "secrets: [{name: app.env, template: app.env, values: [key]}]\n"
      try DurableFile.write(Array(declared.utf8), to: file)
      let secrets = recipe.appending("values")
      for (value, code) in [("hunter2hunter2", Int32(6)), ("another value", 0)] {
        try DurableFile.write(
          Array("key=\(value)\nother=first hunter\n".utf8), to: secrets, mode: .ownerReadWrite)
        let outcome = try await image.run(
          .root, "bake", recipe.string, "--store", store, "--secrets", "file:\(secrets)")
        #expect(outcome.code == code, "\(outcome.text)")
        #expect(!outcome.text.contains("hunter2"))
        let line = "the value of 'key' stands in /srv/app/in/file at byte 6 (application)"
        #expect(outcome.text.contains(line) == (code == 6), "\(outcome.text)")
      }
    }

    @Test func `compares two images`() async throws {
      let image = try SmallImage.shared
      let store = image.store(of: .root).string
      let recipe = try await image.variant("compared", build: ["echo more > added && echo other > file"])
      for (recipe, release) in [(image.recipe, "before"), (recipe, "after")] {
        let baked = try await image.run(.root, "bake", recipe.string, "--store", store, "--release", release)
        #expect(baked.code == 0, "\(baked.text)")
      }
      let outcome = try await image.run(.root, "diff", "before", "after", "--store", store)
      #expect(outcome.code == 0)
      for line in [
        "application layer: ", "  + /srv/app/added", "  ~ /srv/app/file", "  - /srv/app/capable", "needed",
      ] {
        #expect(outcome.text.contains(line), "\(outcome.text)")
      }
      #expect(!outcome.text.contains("os layer"))
      let same = try await image.run(.root, "diff", "before", "before", "--store", store)
      #expect(same.text.hasPrefix("the same image: sha256:"))
    }
  }
}
