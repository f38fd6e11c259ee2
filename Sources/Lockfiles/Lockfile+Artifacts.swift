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

  /// Every file that it pins: packages, what the initrd is made of, wheels.
  package var artifacts: [PinnedFile] {
    let debian = (self.debian.packages + self.debian.initrd).map { pin in
      PinnedFile(digest: pin.digest, size: pin.size, label: "\(pin.name) \(pin.version)")
    }
    let python = (self.python?.packages ?? []).map { pin in
      PinnedFile(digest: pin.digest, size: pin.size, label: "\(pin.name) \(pin.version)")
    }
    return debian + python
  }
}
