import Essentials
import Images
import Storage
import TestSupport
import Transfer

@testable import Registry

/// A registry, a proxy before it that can be told to break things, and stores.
struct RegistryRig {
  let folder: TemporaryFolder
  let registry: TestSupport.Registry
  let proxy: FaultyProxy
  let settings: RegistryClient.Settings

  init() async throws {
    folder = try TemporaryFolder()
    registry = try await TestSupport.Registry()
    proxy = try FaultyProxy(before: registry)
    var configuration = Downloader.Configuration()
    configuration.pause = { _ in }
    settings = RegistryClient.Settings(
      plainHTTP: true, configuration: configuration, docker: try DockerConfiguration { _ in nil })
  }

  func store(_ name: String) throws -> Store { try Store(at: folder.appending(name), creating: true) }

  func push(_ sample: SampleImage, _ name: String) async throws -> Push.Outcome {
    try await Push(
      try sample.image, to: try ImageReference("\(proxy.host)/\(name)"), from: sample.store, settings,
      progress: Progress(style: .quiet)
    ).run()
  }

  func pull(_ name: String, into store: Store) async throws -> Pull.Outcome {
    try await Pull(
      try ImageReference("\(proxy.host)/\(name)"), into: store, settings, progress: Progress(style: .quiet)
    ).run()
  }
}
