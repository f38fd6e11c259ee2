package import DebianPackages
package import Essentials
package import Images
package import SystemPackage

/// A checked `recipe.yaml`: what one image is made of.
///
/// Whatever a later step may have to complain about carries its place in the recipe.
package struct Recipe: Sendable {
  /// The name of the image: lower-case letters, digits and hyphens.
  package var name: String
  /// The recipe's file, as it was given.
  package var file: FilePath
  package var folder: RecipeFolder
  /// The digest of the recipe's file.
  package var digest: Digest
  package var base: Base
  package var packages: [Located<PackageRequest>]
  /// Whether Recommends of what the recipe asks for are followed.
  package var recommends: Bool
  package var archives: [Located<ArchiveSource>]
  /// In the order in which they count.
  package var pins: [Located<PackagePins.Rule>]
  package var python: PythonEnvironment?
  package var application: Application?
  package var files: [Located<BakedFile>]
  package var services: Services
  package var secrets: [Located<SecretDeclaration>]
  /// The folders that outlive the machine's memory; none lies in another.
  package var state: [Located<FilePath>]
  package var checks: [Located<Gate>]
  package var gates: Gates
  package var sanity: [Located<SanityCheck>]
  package var swap: Swap?
}

extension Recipe {
  /// The operating system that everything else is put on.
  package struct Base: Sendable, Equatable {
    package enum Distribution: String, Sendable, CaseIterable {
      case debian
    }

    /// What is installed even where nobody asks for it.
    package enum Variant: String, Sendable, CaseIterable {
      /// Essential and Priority required, and apt.
      case minbase
      /// Essential only.
      case essential
    }

    package var distribution: Distribution
    /// The codename, as in `bookworm`.
    package var suite: String
    package var architecture: Architecture
    package var variant: Variant
    /// Where the recipe names the suite.
    package var location: Diagnostic.Location
  }

  /// An archive beside those that the baking machine is set up for.
  package struct ArchiveSource: Sendable, Equatable {
    package var name: String
    /// Without a slash at the end; http, https or file.
    package var url: String
    package var suite: String
    package var components: [String]
    /// The key or keyring that its Release file must be signed by.
    package var signedBy: RecipePath
    /// The content of that file.
    package var key: Digest
  }

  /// A file or folder that is baked as it is.
  package struct BakedFile: Sendable, Equatable {
    /// A folder is copied with all that's in it.
    package var source: RecipePath
    package var destination: FilePath
    /// Of the file, or of every file in the folder.
    package var mode: FilePermissions
    package var owner: String
    package var group: String
  }

  /// The units that are switched on or off, whatever their packages' presets say.
  package struct Services: Sendable, Equatable {
    package var enable: [Located<UnitName>] = []
    package var disable: [Located<UnitName>] = []
  }

  /// The units that a swap orders an instance to start and stop.
  package struct Swap: Sendable, Equatable {
    package var migrate: Located<UnitName>?
    package var standby: Located<UnitName>?
    package var finish: Located<UnitName>?

    package var units: SwapUnits {
      SwapUnits(
        migrate: migrate?.value.description, standby: standby?.value.description,
        finish: finish?.value.description)
    }
  }

  /// A command that must succeed in the finished root tree, offline, or the bake fails.
  package struct Gate: Sendable, Equatable {
    /// For the shell.
    package var run: String
    /// What it's called in messages; the command itself where nothing else is given.
    package var name: String
    /// The files of the application's source that the command may see, alone; that it passed is remembered while they
    /// and the other layers don't change. Nil: it sees the finished application.
    package var inputs: [Glob]?
  }
}

/// The name of a systemd unit, suffix included.
package struct UnitName: Sendable, Hashable, CustomStringConvertible {
  package let description: String

  private static let suffixes = [
    ".service", ".socket", ".timer", ".path", ".target", ".mount", ".automount", ".swap", ".slice",
  ]

  /// The unit that `text` names, a service where it has no unit's suffix; nil where it can't be a name.
  ///
  /// Source: systemd.unit(5).
  package init?(_ text: String) {
    let name = Self.suffixes.contains(where: text.hasSuffix) ? text : text + ".service"
    let isValid =
      name.utf8.count <= 255 && name.utf8.first != UInt8(ascii: ".")
      && name.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"):
          true
        default: ":-_.\\@".utf8.contains(byte)
        }
      }
    guard isValid, name.utf8.first != UInt8(ascii: "@") else { return nil }
    description = name
  }
}
