import CLinux
import Essentials
import Glibc
import SystemPackage
import TestSupport
import Testing

extension RealBakes {
  /// Baking as an ordinary user, compared with baking as root.
  @Suite(.serialized) struct UserBakeTests {
    @Test func `makes root's image, bit for bit`() async throws {
      let image = try SmallImage.shared
      let (root, user) = (try #require(image.baked[.root]), try #require(image.baked[.user]))
      #expect(root.code == 0, "\(root.text)")
      #expect(user.code == 0, "\(user.text)")
      #expect(root.digest != nil)
      #expect(root.digest == user.digest)
    }

    @Test(arguments: [(Baker.root, UInt8(2)), (Baker.user, UInt8(3))])
    func `stores file capabilities as the kernel has them for who bakes`(_ baker: Baker, revision: UInt8)
      async throws
    {
      // Of a user's the kernel keeps whose root they're for (revision 3), and yet shows root of that user's
      // namespace revision 2, which is what belongs into an image.
      let image = try SmallImage.shared
      let find = Command("find", [image.store(of: baker).appending("trees").string, "-name", "capable"])
      let path = String(decoding: try await find.output().dropLast(), as: UTF8.self)
      var value = [UInt8](repeating: 0, count: 64)
      #expect(getxattr(path, "security.capability", &value, value.count) > 0)
      #expect(value[3] == revision)
    }

    @Test func `leaves files of the user's own in the store, and nothing in staging`() async throws {
      let image = try SmallImage.shared
      let store = image.store(of: .user).string
      let strangers = Command(
        "find", [store, "!", "-user", "\(Baker.identifier)", "!", "-path", store + "/trees/*"])
      #expect(try await strangers.output().isEmpty)
      #expect(try await Command("find", [store + "/staging", "-mindepth", "1"]).output().isEmpty)
    }

    @Test func `makes the trees again where the store was copied to another user`() async throws {
      let image = try SmallImage.shared
      let copy = image.folder.appending("store-handed-over")
      try await SmallImage.copy(image.store(of: .root), to: copy, for: .user)
      let recipe = try await image.variant("handed-over", build: ["cp -a /etc/shadow copied"])
      let expected = try await image.run(
        .root, "bake", recipe.string, "--store", image.store(of: .root).string)
      let outcome = try await image.run(.user, "bake", recipe.string, "--store", copy.string)
      #expect(outcome.code == 0, "\(outcome.text)")
      #expect(outcome.digest != nil)
      #expect(outcome.digest == expected.digest)
    }

    @Test func `says whose a store is that can't be written to`() async throws {
      let image = try SmallImage.shared
      let store = image.store(of: .root).string
      let outcome = try await image.run(.user, "bake", image.recipe.string, "--store", store)
      #expect(outcome.code == 1)
      #expect(
        outcome.text == """
          error: cannot bake in the store \(store): another user has baked in it, or made it
          hint: name a folder of your own with --store
          hint: or make it yours: sudo rm -rf \(store)/staging \(store)/trees && sudo chown -R $(id -un) \(store)

          """)
    }

    @Test func `says what an administrator has to do for a user without subordinate ids`() async throws {
      let image = try SmallImage.shared
      let accounts = image.folder.appending("accounts-without")
      try Baker.makeAccounts(in: accounts, subordinate: "another:100000:65536\n")
      let outcome = try await image.run(
        .user, "bake", image.recipe.string, "--store", image.store(of: .user).string, accounts: accounts)
      #expect(outcome.code == 1)
      let given = "--add-subuids 165536-231071 --add-subgids 165536-231071 \(Baker.name)"
      #expect(
        outcome.text == """
          error: baking needs root, or a user with subordinate ids, and '\(Baker.name)' has 0 for users and 0 for groups; \
          65535 are needed of each
          hint: an administrator gives them by 'sudo usermod \(given)'

          """)
    }

    @Test func `checks the command line before anything`() async throws {
      let image = try SmallImage.shared
      #expect(try await image.run(.user, "bake").code == 64)
    }
  }
}
