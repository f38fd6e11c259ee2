import ArgumentParser
import Essentials
import Registry
import Transfer

/// How a registry is reached.
struct RegistryOptions: ParsableArguments {
  @Flag(
    help: ArgumentHelp(
      "Speak http to a registry on another machine.",
      discussion:
        "What is sent, passwords too, can then be read on the way. Digests are checked all the same."))
  var plainHttp = false

  func settings() throws(Diagnostic) -> RegistryClient.Settings {
    var configuration = Downloader.Configuration(for: .registry, environment: environment)
    // A registry may look through a large blob before it answers.
    configuration.stallTimeout = .seconds(120)
    return RegistryClient.Settings(
      plainHTTP: plainHttp, configuration: configuration,
      docker: try DockerConfiguration(environment: environment))
  }
}
