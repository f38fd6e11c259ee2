import Essentials
import Glibc
import SystemPackage
import TestSupport
import Testing

extension RealBakes {
  /// Bakes that don't come to their end.
  @Suite(.serialized) struct EndedBakeTests {
    private func isEmpty(_ folder: FilePath) async throws -> Bool {
      try await Command("find", [folder.string, "-mindepth", "1"]).output().isEmpty
    }

    private func mounts(under folder: FilePath) throws -> Bool {
      String(decoding: try DurableFile.read("/proc/mounts"), as: UTF8.self).contains(folder.string)
    }

    /// A number that no other process has among its arguments.
    private func uniqueNumber() -> String { String(UInt32.random(in: 100_000_000 ... .max)) }

    @Test(arguments: Baker.allCases)
    func `takes all with it when it's killed, and is tidied up after`(_ baker: Baker) async throws {
      let image = try SmallImage.shared
      let store = image.store(of: baker)
      let number = uniqueNumber()
      let recipe = try await image.variant("killed-\(baker)", build: ["sleep \(number) & sleep \(number)"])
      let bake = try image.start(baker, "bake", recipe.string, "--store", store.string)
      #expect(try await bake.waitForProcess(with: number))
      let end = try await bake.end(by: SIGKILL)
      #expect(end.code == 128 + SIGKILL)
      #expect(end.survivors.isEmpty)
      #expect(try !mounts(under: store))

      let again = try await image.run(baker, "bake", image.recipe.string, "--store", store.string)
      #expect(again.digest == image.baked[baker]?.digest)
      #expect(try await isEmpty(store.appending("staging")))
    }

    @Test(arguments: [("unpacking", Baker.user), ("configuring", .root)])
    func `leaves nothing running when it's killed on the way`(stage: String, baker: Baker) async throws {
      let image = try SmallImage.shared
      let store = try await image.freshStore("killed-\(stage)", for: baker)
      let bake = try image.start(baker, "bake", image.recipe.string, "--store", store.string)
      #expect(try bake.reaches(stage))
      #expect(try await bake.end(by: SIGKILL).survivors.isEmpty)
      #expect(try !mounts(under: store))
      let verified = try await image.run(baker, "store", "verify", "--store", store.string)
      #expect(verified.code == 0, "\(verified.text)")
    }

    @Test(arguments: Baker.allCases, [SIGINT, SIGTERM])
    func `tidies up when it's interrupted`(_ baker: Baker, signal: Int32) async throws {
      let image = try SmallImage.shared
      let store = image.store(of: baker)
      let number = uniqueNumber()
      let recipe = try await image.variant(
        "interrupted-\(baker)-\(signal)", build: ["trap '' INT TERM; sleep \(number) & sleep \(number)"])
      let bake = try image.start(baker, "bake", recipe.string, "--store", store.string)
      #expect(try await bake.waitForProcess(with: number))
      let end = try await bake.end(by: signal)
      #expect(end.code == 130)
      #expect(end.survivors.isEmpty)
      #expect(try await isEmpty(store.appending("staging")))
    }

    /// The room beside the artifacts, in MiB: too little for what is unpacked, and for the layer made of it.
    @Test(arguments: [(60, Baker.root), (330, .user)])
    func `says that the disk is full, and leaves the store as it was`(room: Int, baker: Baker) async throws {
      let image = try SmallImage.shared
      let artifacts = try await Command("du", ["-sm", image.fetched.string]).output().prefix { $0 != 9 }
      let size = room + (try #require(Int(String(decoding: artifacts, as: UTF8.self))))
      let disk = image.folder.appending("disk-\(room)-\(baker)")
      try DurableFile.createFolder(disk)
      try #require(mount("tmpfs", disk.string, "tmpfs", 0, "size=\(size)m") == 0)
      defer { umount2(disk.string, 0) }
      let store = disk.appending("store")
      try await SmallImage.copy(image.fetched, to: store, for: baker)

      let outcome = try await image.run(baker, "bake", image.recipe.string, "--store", store.string)
      #expect(outcome.code == 1)
      let faults = outcome.text.split(separator: "\n").filter {
        $0.hasPrefix("error:") || $0.hasPrefix("hint:")
      }
      #expect(faults.count == 2, "\(outcome.text)")
      #expect(faults.first?.hasSuffix("no space left on device") == true)
      #expect(faults.last?.hasPrefix("hint: free some space on the disk that holds ") == true)
      for name in ["staging", "ingest"] { #expect(try await isEmpty(store.appending(name))) }
      for name in ["roots", "blobs", "index.json"] {
        let comparison = Command(
          "diff", ["--recursive", image.fetched.appending(name).string, store.appending(name).string])
        #expect(try await comparison.run().status == 0)
      }
    }
  }
}
