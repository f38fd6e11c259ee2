package import Essentials
import SystemPackage

/// A name for an image's manifest: a release, in `index.json`, where the ecosystem's tools look for it.
package struct Tag: Hashable, Sendable {
  package var name: String
  package var mediaType: String
  package var digest: Digest
  /// In bytes.
  package var size: Int64

  package init(_ name: String, mediaType: String, digest: Digest, size: Int64) {
    self.name = name
    self.mediaType = mediaType
    self.digest = digest
    self.size = size
  }
}

extension Store {
  /// Gives a stored manifest a name, which may have stood for another before.
  package func tag(_ tag: Tag) throws(Diagnostic) {
    guard size(of: tag.digest) == tag.size else { throw missing(tag.digest) }
    try changeIndex { index in
      index.manifests.removeAll { $0.tag == tag.name }
      index.manifests.append(
        .init(
          mediaType: tag.mediaType, digest: tag.digest, size: tag.size,
          annotations: [ImageIndex.tagKey: tag.name]))
    }
  }

  /// Takes a name away.
  /// - Returns: whether there was one.
  @discardableResult
  package func untag(_ name: String) throws(Diagnostic) -> Bool {
    var found = false
    try changeIndex { index in
      let before = index.manifests.count
      index.manifests.removeAll { $0.tag == name }
      found = index.manifests.count < before
    }
    return found
  }

  /// What `name` stands for, or nil.
  package func resolve(_ name: String) throws(Diagnostic) -> Tag? { try tags().last { $0.name == name } }

  /// All names, in the order in which they were given.
  package func tags() throws(Diagnostic) -> [Tag] {
    try index().manifests.compactMap { entry in
      entry.tag.map { Tag($0, mediaType: entry.mediaType, digest: entry.digest, size: entry.size) }
    }
  }

  private var indexPath: FilePath { root.appending("index.json") }

  func index() throws(Diagnostic) -> ImageIndex {
    let bytes = try DurableFile.read(indexPath, limit: 64 << 20)
    do { return try ImageIndex(bytes) } catch {
      throw Diagnostic(
        .verificationFailed, "\(indexPath) is no OCI image index",
        hints: ["remove it: it is made anew, without the releases' names"])
    }
  }

  private func changeIndex(_ change: (inout ImageIndex) -> Void) throws(Diagnostic) {
    try withLock(.exclusive) { () throws(Diagnostic) in
      var index = try index()
      change(&index)
      let bytes = try attempt("write", indexPath) { try index.bytes() }
      try DurableFile.write(bytes, to: indexPath)
    }
  }
}
