import Essentials
import SystemPackage

/// apt-get on a machine where nothing is installed, with this machine's package lists.
///
/// Its folders are its own and named in a file, so that it keeps a cache; what it would install is asked for
/// and nothing is changed.
struct AptOracle: Sendable {
  private let folder: FilePath
  private let configuration: FilePath

  init(in folder: FilePath) async throws {
    self.folder = folder
    configuration = folder.appending("apt.conf")
    let lists = try await Command("apt-config", ["shell", "lists", "Dir::State::lists/d"]).output()
    let path = String(decoding: lists, as: UTF8.self).split(separator: "'").dropFirst().first ?? ""
    let script = """
      set -e; mkdir -p cache/archives/partial state; : > state/status; : > extended
      mkdir lists sources; ln -s "$LISTS"* lists/; rm -rf lists/partial lists/auxfiles; mkdir lists/partial
      cp "$(apt-config shell p Dir::Etc::sourceparts/d | cut -d"'" -f2)"debian* sources/
      cat > apt.conf <<END
      Dir::State::status "$PWD/state/status";
      Dir::State::extended_states "$PWD/extended";
      Dir::State::lists "$PWD/lists/";
      Dir::Cache "$PWD/cache/";
      Dir::Cache::pkgcache "$PWD/cache/pkgcache.bin";
      Dir::Cache::srcpkgcache "$PWD/cache/srcpkgcache.bin";
      Dir::Etc::sourcelist "/dev/null";
      Dir::Etc::sourceparts "$PWD/sources";
      Dir::Etc::preferencesparts "/dev/null";
      Dir::Etc::preferences "/dev/null";
      APT::AutoRemove::SuggestsImportant "true";
      END
      """
    _ = try await Command(
      "sh", ["-c", script], environment: ["LISTS": String(path), "PATH": "/usr/bin:/bin"],
      workingDirectory: folder
    ).output()
  }

  enum Answer: Equatable {
    case installed([String: String])
    case refused(String)
  }

  /// What apt would install for `requests`.
  func install(_ requests: [String], recommends: Bool) async throws -> Answer {
    // Asking for addresses spares apt the simulation of the installation, which takes longer than all else.
    let options = ["--print-uris", "-o", "APT::Install-Recommends=\(recommends)", "--no-install-suggests"]
    let result = try await Command(
      "apt-get", ["-qq", "install"] + options + ["--"] + requests,
      environment: [
        "APT_CONFIG": configuration.string, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8",
      ]
    ).run()
    guard result.status == 0 else { return .refused(result.outputText + result.errorText) }
    var versions: [String: String] = [:]
    // 'ADDRESS' NAME_VERSION_ARCHITECTURE.deb SIZE DIGEST
    for line in result.outputText.split(separator: "\n") where line.hasPrefix("'") {
      let words = line.split(separator: " ")
      let parts = words.count > 1 ? words[1].split(separator: "_") : []
      guard parts.count == 3 else { continue }
      versions[String(parts[0])] = String(parts[1].replacing("%3a", with: ":"))
    }
    return .installed(versions)
  }
}
