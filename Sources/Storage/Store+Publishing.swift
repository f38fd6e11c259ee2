package import Essentials
import Glibc
import SystemPackage

extension Store {
  /// Begins a new blob.
  package func ingest() throws(Diagnostic) -> Ingest {
    let folder = root.appending("ingest")
    let file = try withLock(.shared) { () throws(Diagnostic) in try IngestFile(in: folder) }
    return try Ingest(store: self, file: file)
  }

  /// Begins or resumes a blob whose digest is known: what an earlier, broken run of it left is read and kept, and
  /// ``Ingest/count`` says how much that is.
  ///
  /// Where another process is writing the same blob, this is one of its own that begins at nothing.
  package func ingest(resuming digest: Digest) throws(Diagnostic) -> Ingest {
    let folder = root.appending("ingest")
    let file = try withLock(.shared) { () throws(Diagnostic) in
      if let file = try IngestFile(in: folder, resuming: digest) { return file }
      return try IngestFile(in: folder)
    }
    return try Ingest(store: self, file: file)
  }

  /// How many bytes of a broken download are there to go on from.
  package func partialSize(of digest: Digest) -> Int64 {
    var information = stat()
    let path = root.appending("ingest").appending(digest.hexadecimal + ".partial")
    return lstat(path.string, &information) == 0 ? Int64(information.st_size) : 0
  }

  /// Sees that the disk has room for so many bytes, before any of them is fetched or made.
  package func requireSpace(_ bytes: Int64) throws(Diagnostic) {
    var information = statvfs()
    guard statvfs(root.string, &information) == 0 else { throw .system(.current, "examine", root) }
    let free = Int64(
      clamping: information.f_bavail.multipliedReportingOverflow(by: information.f_frsize).partialValue)
    guard bytes <= free else {
      throw Diagnostic(
        .failed, "\(ByteCount(bytes)) are to be stored in \(root), where \(ByteCount(free)) are free",
        hints: ["free some space, run 'hardtack store gc', or name another folder with --store"])
    }
  }

  /// Stores `bytes` as a blob.
  @discardableResult
  package func publish(_ bytes: [UInt8]) throws(Diagnostic) -> Digest {
    let ingest = try ingest()
    try ingest.write(bytes)
    return try ingest.commit()
  }

  /// Stores several small contents as blobs, in one go; what is stored and known to be sound isn't written again.
  /// - Returns: their digests, in the same order.
  @discardableResult
  package func publish(all contents: [[UInt8]]) throws(Diagnostic) -> [Digest] {
    let digests = contents.map { Digest(of: $0) }
    try hold(digests)
    var members: [(ingest: Ingest, digest: Digest)] = []
    for (bytes, digest) in zip(contents, digests) where !isSound(digest) {
      let ingest = try ingest()
      try ingest.write(bytes)
      members.append((ingest, try ingest.finishOnDisk(expecting: digest)))
    }
    try place(members)
    return digests
  }

  /// Whether the blob is stored, in the state in which it was last found right.
  private func isSound(_ digest: Digest) -> Bool {
    var information = stat()
    return lstat(location(of: digest).string, &information) == 0 && marks.contains(digest, information)
  }

  /// Names finished files, which must be on the disk already, and makes the names last.
  func place(_ members: [(ingest: Ingest, digest: Digest)]) throws(Diagnostic) {
    guard !members.isEmpty else { return }
    let named = try withLock(.shared) { () throws(Diagnostic) in
      try announce(members.map(\.digest))
      var named: [VerifiedMarks.Mark] = []
      for member in members {
        named.append((member.digest, VerifiedMarks.Identity(try member.ingest.name(member.digest))))
      }
      return named
    }
    try DurableFile.synchronize(folder: blobFolder)
    marks.add(named)
  }
}
