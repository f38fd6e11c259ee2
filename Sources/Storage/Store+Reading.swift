package import Essentials
import Glibc
package import SystemPackage

extension Store {
  /// The blob's content, always checked against its digest.
  /// - Parameter limit: in bytes; a larger blob is an error.
  /// - Throws: `notAvailableOffline` where it isn't stored; `verificationFailed` where it is damaged, which moves
  ///   it into quarantine.
  package func read(_ digest: Digest, limit: Int = 64 << 20) throws(Diagnostic) -> [UInt8] {
    try read(digest, limit: limit, isLocked: false)
  }

  /// - Parameter isLocked: whether the caller holds the store's lock alone.
  func read(_ digest: Digest, limit: Int, isLocked: Bool) throws(Diagnostic) -> [UInt8] {
    let (file, information) = try openBlob(digest)
    defer { try? file.close() }
    guard information.st_size <= limit else {
      throw Diagnostic(
        .failed, "\(digest) has \(information.st_size) bytes; at most \(limit) are read here")
    }
    let size = Int(information.st_size)
    let path = location(of: digest)
    let bytes = try attempt("read", path) {
      try [UInt8](unsafeUninitializedCapacity: size) { buffer, filled in
        while filled < size {
          let rest = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[filled...])
          let count = try file.read(into: rest)
          if count == 0 { break }
          filled += count
        }
      }
    }
    let found = Digest(of: bytes)
    guard found == digest else {
      throw damaged(digest, information, found: found, count: bytes.count, isLocked: isLocked)
    }
    return bytes
  }

  /// The blob's bytes as a mapping, checked against its digest unless that was done since the machine started
  /// and the file is still the same.
  /// - Throws: as ``read(_:limit:)``.
  package func open(_ digest: Digest) throws(Diagnostic) -> MappedFile {
    let (file, information) = try openBlob(digest)
    defer { try? file.close() }
    if !marks.contains(digest, information) { try verify(digest, file, information) }
    return try MappedFile(file, path: location(of: digest))
  }

  /// The blobs of at most `limit` bytes that begin with `head`; not checked against their digests.
  package func blobs(beginningWith head: [UInt8], limit: Int64) throws(Diagnostic) -> [Digest] {
    var found: [Digest] = []
    for blob in try blobs() where blob.size >= head.count && blob.size <= limit {
      // One that was collected meanwhile isn't there any more.
      guard let (file, _) = try? openBlob(blob.digest) else { continue }
      defer { try? file.close() }
      let start = [UInt8](unsafeUninitializedCapacity: head.count) { buffer, filled in
        filled = (try? file.read(into: UnsafeMutableRawBufferPointer(buffer))) ?? 0
      }
      if start == head { found.append(blob.digest) }
    }
    return found
  }

  /// The blob's file, for a program that reads it itself; checked as by ``open(_:)``.
  /// - Throws: as ``read(_:limit:)``.
  package func path(of digest: Digest) throws(Diagnostic) -> FilePath {
    let (file, information) = try openBlob(digest)
    defer { try? file.close() }
    if !marks.contains(digest, information) { try verify(digest, file, information) }
    return location(of: digest)
  }

  /// Opens the blob's file without reading it.
  func openBlob(_ digest: Digest) throws(Diagnostic) -> (FileDescriptor, stat) {
    let path = location(of: digest)
    let file: FileDescriptor
    do {
      file = try FileDescriptor.open(path, .readOnly, options: [.closeOnExec, .noFollow])
    } catch Errno.noSuchFileOrDirectory {
      throw missing(digest)
    } catch {
      throw .system(error as? Errno ?? .ioError, "open", path)
    }
    var information = stat()
    guard fstat(file.rawValue, &information) == 0, information.st_mode & S_IFMT == S_IFREG else {
      try? file.close()
      throw Diagnostic(.verificationFailed, "\(path) is no ordinary file")
    }
    return (file, information)
  }

  /// Reads the whole blob again, marks or quarantines it.
  private func verify(_ digest: Digest, _ file: FileDescriptor, _ information: stat) throws(Diagnostic) {
    try hash(digest, file, information) { _ in }
    marks.add([(digest, VerifiedMarks.Identity(information))])
  }

  /// Reads the whole blob again and quarantines it where it's damaged.
  /// - Parameter advanced: is told of the bytes that were read since it was told last.
  func hash(
    _ digest: Digest, _ file: FileDescriptor, _ information: stat, advanced: (Int64) -> Void
  ) throws(Diagnostic) {
    var hasher = SHA256()
    let count = try file.hash(into: &hasher, path: location(of: digest), advanced: advanced)
    let found = hasher.finalize()
    guard found == digest, count == Int64(information.st_size) else {
      throw damaged(digest, information, found: found, count: Int(count))
    }
  }

  /// Moves a damaged blob out of the way and says so.
  private func damaged(
    _ digest: Digest, _ information: stat, found: Digest, count: Int, isLocked: Bool = false
  ) -> Diagnostic {
    var notes: [String] = []
    do {
      let kept = try quarantine(digest, information, isLocked: isLocked)
      notes.append("  it was moved to \(kept)")
    } catch {
      notes.append("  it could not be moved into quarantine: \(error.message)")
    }
    return Diagnostic(
      .verificationFailed,
      "\(digest) in the store \(root) is damaged: its \(count) bytes have the digest \(found)", notes: notes,
      hints: [
        "run 'hardtack fetch' or 'hardtack bake' to get it again, and look at the disk's health:"
          + " 'hardtack store verify' reads everything"
      ])
  }

  /// Moves the file that `information` tells of into quarantine, unless a good one has taken its name since.
  private func quarantine(
    _ digest: Digest, _ information: stat, isLocked: Bool
  ) throws(Diagnostic) -> FilePath {
    let path = location(of: digest)
    let target = root.appending("quarantine").appending("\(digest.hexadecimal).\(information.st_ino)")
    func move() throws(Diagnostic) {
      var current = stat()
      guard lstat(path.string, &current) == 0, current.st_ino == information.st_ino else { return }
      guard rename(path.string, target.string) == 0 else { throw .system(.current, "move", path) }
    }
    if isLocked { try move() } else { try withLock(.exclusive, move) }
    try DurableFile.synchronize(folder: blobFolder)
    return target
  }
}

extension FileDescriptor {
  /// Takes everything from the current position to the end into `hasher`, by reading rather than mapping: a bad
  /// disk gives an error instead of ending the process.
  /// - Returns: how many bytes there were.
  func hash(
    into hasher: inout SHA256, path: FilePath, advanced: (Int64) -> Void = { _ in }
  ) throws(Diagnostic) -> Int64 {
    posix_fadvise(rawValue, 0, 0, POSIX_FADV_SEQUENTIAL)
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 4096)
    defer { buffer.deallocate() }
    var total: Int64 = 0
    while true {
      let count = try attempt("read", path) { try read(into: buffer) }
      if count == 0 { return total }
      hasher.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      total += Int64(count)
      advanced(Int64(count))
    }
  }
}
