package import Essentials

extension Lockfile {
  /// One of the files that a lockfile pins.
  package struct PinnedFile: Sendable, Hashable {
    package var digest: Digest
    /// In bytes.
    package var size: Int64
    /// Name and version, for a person.
    package var label: String
  }

  /// Every file that it pins and that is fetched: packages, wheels, and what else it takes to make the initrd and to
  /// build wheels.
  package var artifacts: [PinnedFile] {
    let debian = self.debian.all.map { pin in
      PinnedFile(digest: pin.digest, size: pin.size, label: "\(pin.name) \(pin.version)")
    }
    let python = (self.python?.indexFiles ?? []).map { file in
      PinnedFile(digest: file.digest, size: file.size, label: "\(file.name) \(file.version)")
    }
    return debian + python
  }

  /// The wheels that are built rather than fetched.
  package var builtWheels: [PinnedFile] {
    guard let python else { return [] }
    return python.packages.filter { python.source(of: $0) != nil }.map { pin in
      PinnedFile(digest: pin.digest, size: pin.size, label: "\(pin.name) \(pin.version)")
    }
  }
}
