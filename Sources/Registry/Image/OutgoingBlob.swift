import Essentials
import Images
import SystemPackage

/// A blob that a registry is to have.
struct OutgoingBlob: Sendable {
  /// What is sent.
  enum Source: Sendable {
    /// A blob of the store.
    case file(FilePath)
    case packed(Packing.Packed)
    /// Nothing: the registry has it, or has just taken it from another of its repositories.
    case present, mounted
  }

  /// As the registry has it.
  var descriptor: Descriptor
  /// As the store has it; the same where it isn't compressed.
  var content: Digest
  var source: Source

  /// The file to send, if any.
  var file: FilePath? {
    switch source {
    case .file(let path): path
    case .packed(let packed): packed.file
    case .present, .mounted: nil
    }
  }
}

extension OutgoingBlob {
  /// The same where the registry has it, or has taken it from another of its repositories; nil where it has to be sent.
  func found(_ client: RegistryClient, _ sources: MountSources) async throws -> OutgoingBlob? {
    var found = self
    if try await client.hasBlob(descriptor.digest) {
      found.source = .present
      return found
    }
    guard let repository = sources.repository(having: content),
      try await client.mount(descriptor.digest, from: repository)
    else { return nil }
    found.source = .mounted
    return found
  }
}
