import DebianPackages
import Essentials
import SystemPackage

/// apt-get on a machine where nothing is installed, with this machine's package lists.
///
/// Its folders are its own and named in a file, so that it keeps a cache; what it would install is asked for
/// and nothing is changed.
struct AptOracle: Sendable {
  private let configuration: FilePath

  /// With the machine's package lists.
  init(in folder: FilePath) async throws {
    let lists = try await Command("apt-config", ["shell", "lists", "Dir::State::lists/d"]).output()
    let path = String(decoding: lists, as: UTF8.self).split(separator: "'").dropFirst().first ?? ""
    let script = """
      set -e; mkdir -p cache/archives/partial lists sources
      mkdir lists/partial; cp "$LISTS"*Release lists/
      # Plain: apt looks up every single package in them, and would unpack them from the start for each.
      for file in "$LISTS"*_Packages*; do
        name=${file##*/}; /usr/lib/apt/apt-helper cat-file "$file" > "lists/${name%_Packages*}_Packages"
      done
      cp "$(apt-config shell p Dir::Etc::sourceparts/d | cut -d"'" -f2)"debian* sources/
      """
    _ = try await Command(
      "sh", ["-c", script], environment: ["LISTS": String(path), "PATH": "/usr/bin:/bin"],
      workingDirectory: folder
    ).output()
    try self.init(configuring: folder)
  }

  /// With `archives` in place of the machine's: their files lie where apt puts what it has fetched and checked.
  init(in folder: FilePath, _ archives: TestArchives, _ pins: PackagePins = PackagePins()) throws {
    for name in ["cache/archives/partial", "lists/partial", "sources"] {
      try DurableFile.createFolder(folder.pushing(FilePath(name)))
    }
    var sources = ""
    for (archive, lines) in archives.parts {
      sources += "deb [trusted=yes] file:/\(archive.identifier) \(archive.suite) \(archive.component)\n"
      let stem = "lists/_\(archive.identifier)_dists_\(archive.suite)_"
      try DurableFile.write(Array(archive.release.utf8), to: folder.pushing(FilePath(stem + "Release")))
      try DurableFile.write(
        Array(TestIndex.text(lines).utf8),
        to: folder.pushing(FilePath(stem + "\(archive.component)_binary-amd64_Packages")))
    }
    try DurableFile.write(Array(sources.utf8), to: folder.pushing("sources/test.list"))
    try self.init(configuring: folder, pins)
  }

  private init(configuring folder: FilePath, _ pins: PackagePins = PackagePins()) throws {
    configuration = folder.appending("apt.conf")
    let text = """
      Dir::State::status "\(folder)/status";
      Dir::State::extended_states "\(folder)/extended";
      Dir::State::lists "\(folder)/lists/";
      Dir::Cache "\(folder)/cache/";
      Dir::Cache::pkgcache "\(folder)/cache/pkgcache.bin";
      Dir::Cache::srcpkgcache "\(folder)/cache/srcpkgcache.bin";
      Dir::Etc::parts "/dev/null";
      Dir::Etc::sourcelist "/dev/null";
      Dir::Etc::sourceparts "\(folder)/sources";
      Dir::Etc::preferencesparts "/dev/null";
      Dir::Etc::preferences "\(folder)/preferences";
      APT::Architecture "amd64";
      APT::AutoRemove::SuggestsImportant "true";

      """
    for (name, content) in [
      ("apt.conf", text), ("preferences", pins.preferences), ("status", ""), ("extended", ""),
    ] {
      try DurableFile.write(Array(content.utf8), to: folder.appending(name))
    }
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
