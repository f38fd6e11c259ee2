package import Essentials
import Glibc
package import SystemPackage

/// A blob being written: bytes go into a file under `ingest/` and into the hash at once, and the blob gets its
/// name only when all is well and on the disk.
///
/// Dropped without ``commit(expecting:size:)``, it leaves nothing behind; a resumable one leaves what it has, if anything.
package final class Ingest: ByteSink {
  /// How far it is.
  private enum Phase { case writing, finished, done }

  private static let bufferSize = 1 << 20

  let store: Store
  private let file: IngestFile
  private var hasher: SHA256? = SHA256()
  private var buffer: [UInt8] = []
  private var phase = Phase.writing
  /// How many bytes there are, those of an earlier run included.
  package private(set) var count: Int64 = 0

  init(store: Store, file: IngestFile) throws(Diagnostic) {
    self.store = store
    self.file = file
    if file.isResumable {
      var hasher = SHA256()
      count = try file.descriptor.hash(into: &hasher, path: file.path)
      self.hasher = consume hasher
    }
  }

  deinit {
    switch phase {
    case .done: break
    case .writing, .finished:
      // What fails here is hashed and fetched again.
      if file.isResumable, count > 0 { try? flush() } else { file.remove() }
    }
    file.close()
  }

  /// Whether what is written outlives this object, to be taken up by the next ingest of the same digest.
  package var isResumable: Bool { file.isResumable }

  /// A short text that stays with a resumable file until it is published or begun anew: where its bytes came from.
  /// Best effort: not every file system can keep it.
  package var resumeNote: String? {
    get { file.note }
    set { file.note = newValue }
  }

  package func write(_ bytes: UnsafeRawBufferPointer) throws(Diagnostic) {
    guard phase == .writing else { throw Diagnostic(.bug, "a blob was written to after its end") }
    count += Int64(bytes.count)
    if buffer.count + bytes.count >= Self.bufferSize {
      try flush()
      if bytes.count >= Self.bufferSize / 4 { return try put(bytes) }
    }
    if buffer.capacity < Self.bufferSize { buffer.reserveCapacity(Self.bufferSize) }
    buffer.append(contentsOf: bytes)
  }

  /// Throws away what was written so far and begins anew.
  package func restart() throws(Diagnostic) {
    try attempt("write", file.path) {
      guard ftruncate(file.descriptor.rawValue, 0) == 0 else { throw Errno.current }
      try file.descriptor.seek(offset: 0, from: .start)
    }
    file.note = nil
    buffer.removeAll(keepingCapacity: true)
    hasher = SHA256()
    count = 0
    phase = .writing
  }

  /// Publishes the blob: length and digest checked, fsync, rename, fsync of the folder, mode 0444. A blob that is
  /// already stored is no error.
  /// - Parameters:
  ///   - expecting: the digest it must have.
  ///   - size: how many bytes it must have.
  /// - Throws: `verificationFailed` where it is not what is expected; then nothing is stored, and what was written
  ///   is removed.
  @discardableResult
  package func commit(expecting: Digest? = nil, size: Int64? = nil) throws(Diagnostic) -> Digest {
    let digest = try finishOnDisk(expecting: expecting, size: size)
    try store.place([(self, digest)])
    return digest
  }

  /// Checks what is written without storing it, since it's only on its way to another form. What isn't resumable goes with
  /// this object.
  /// - Returns: its digest and the file that holds it.
  /// - Throws: as ``commit(expecting:size:)``.
  package func seal(expecting: Digest? = nil, size: Int64? = nil) throws(Diagnostic) -> (
    digest: Digest, path: FilePath
  ) {
    (try finish(expecting: expecting, size: size), file.path)
  }

  /// Brings everything to the disk and checks it; what remains is to name it.
  func finishOnDisk(expecting: Digest?, size: Int64? = nil) throws(Diagnostic) -> Digest {
    let digest = try finish(expecting: expecting, size: size)
    try attempt("write", file.path) {
      guard fsync(file.descriptor.rawValue) == 0 else { throw Errno.current }
    }
    return digest
  }

  /// Gives it up and removes what was written, also where it is resumable.
  package func abandon() {
    guard phase != .done else { return }
    phase = .done
    file.remove()
  }

  /// Brings everything to the file and checks it; what remains is to make it last and to name it.
  func finish(expecting: Digest?, size: Int64?) throws(Diagnostic) -> Digest {
    guard phase == .writing else { throw Diagnostic(.bug, "a blob was committed twice") }
    try flush()
    buffer = []
    guard let digest = hasher.take()?.finalize() else { throw Diagnostic(.bug, "a blob was hashed twice") }
    phase = .finished
    if let size, size != count {
      abandon()
      throw Diagnostic(.verificationFailed, "a blob has \(count) bytes where \(size) are expected")
    }
    if let expecting, expecting != digest {
      abandon()
      throw Diagnostic(
        .verificationFailed, "a blob has the digest \(digest) where \(expecting) is expected")
    }
    try attempt("write", file.path) {
      var information = stat()
      guard fstat(file.descriptor.rawValue, &information) == 0 else { throw Errno.current }
      // Another writer, or the disk, has had a hand in it.
      guard Int64(information.st_size) == count else { throw Errno.ioError }
    }
    return digest
  }

  /// Gives the finished file its blob's name, in place of what stood there.
  /// - Precondition: the store's lock is held and the file is on the disk.
  /// - Returns: the named file's state.
  func name(_ digest: Digest) throws(Diagnostic) -> stat {
    let target = store.location(of: digest)
    var information = stat()
    if lstat(target.string, &information) == 0, store.marks.contains(digest, information) {
      file.remove()
    } else {
      file.note = nil
      try attempt("write", target) {
        guard fchmod(file.descriptor.rawValue, 0o444) == 0, rename(file.path.string, target.string) == 0,
          fstat(file.descriptor.rawValue, &information) == 0
        else { throw Errno.current }
      }
    }
    phase = .done
    return information
  }

  private func flush() throws(Diagnostic) {
    guard !buffer.isEmpty else { return }
    let bytes = buffer
    buffer = []
    let outcome = bytes.withUnsafeBytes { (bytes) -> Result<Void, Diagnostic> in
      Result { () throws(Diagnostic) in try put(bytes) }
    }
    buffer = bytes
    buffer.removeAll(keepingCapacity: true)
    try outcome.get()
  }

  private func put(_ bytes: UnsafeRawBufferPointer) throws(Diagnostic) {
    hasher?.update(bytes)
    try attempt("write", file.path) { _ = try file.descriptor.writeAll(bytes) }
  }
}
