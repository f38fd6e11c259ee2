import CArchive
import Glibc

/// What an archive says of one of its entries. Nothing in it is to be trusted.
package struct ArchiveEntry: Sendable, Equatable {
  package enum Kind: Sendable, Equatable {
    case file
    case folder
    case symbolicLink(target: String)
    /// Another name of an entry that came before.
    case hardLink(target: String)
    case characterDevice(major: UInt32, minor: UInt32)
    case blockDevice(major: UInt32, minor: UInt32)
    case fifo
    case socket
  }

  package var path: String
  package var kind: Kind
  /// In bytes; 0 for all but files.
  package var size: Int64
  /// The twelve permission bits, setuid, setgid and sticky among them.
  package var permissions: UInt16
  package var owner: UInt32
  package var group: UInt32
  /// Whole seconds since 1970, UTC.
  package var modified: Int64
  package var extendedAttributes: [String: [UInt8]]

  init(_ entry: OpaquePointer, archive: String) throws(Diagnostic) {
    // The names as the bytes that stand in the archive; a path that isn't UTF-8 would be changed on its
    // way through a String, so it's refused.
    guard let name = archive_entry_pathname(entry), let path = String(validatingCString: name) else {
      throw Diagnostic(.verificationFailed, "\(archive) holds an entry whose name is not UTF-8")
    }
    self.path = path
    size = 0
    permissions = UInt16(archive_entry_perm(entry) & 0o7777)
    owner = UInt32(clamping: archive_entry_uid(entry))
    group = UInt32(clamping: archive_entry_gid(entry))
    modified = Int64(archive_entry_mtime(entry))

    func target(_ pointer: UnsafePointer<CChar>?) throws(Diagnostic) -> String {
      guard let pointer, let text = String(validatingCString: pointer) else {
        throw Diagnostic(.verificationFailed, "\(archive): the link \(path) has no readable target")
      }
      return text
    }
    if let link = archive_entry_hardlink(entry) {
      kind = .hardLink(target: try target(link))
    } else {
      switch UInt32(archive_entry_filetype(entry)) {
      case S_IFREG:
        kind = .file
        size = archive_entry_size(entry)
      case S_IFDIR: kind = .folder
      case S_IFLNK: kind = .symbolicLink(target: try target(archive_entry_symlink(entry)))
      case S_IFCHR:
        kind = .characterDevice(
          major: UInt32(archive_entry_rdevmajor(entry)), minor: UInt32(archive_entry_rdevminor(entry)))
      case S_IFBLK:
        kind = .blockDevice(
          major: UInt32(archive_entry_rdevmajor(entry)), minor: UInt32(archive_entry_rdevminor(entry)))
      case S_IFIFO: kind = .fifo
      case S_IFSOCK: kind = .socket
      case 0 where path.hasSuffix("/"): kind = .folder
      case 0: kind = .file
      default:
        throw Diagnostic(.verificationFailed, "\(archive): \(path) is of an unknown kind")
      }
    }

    var attributes: [String: [UInt8]] = [:]
    if archive_entry_xattr_reset(entry) > 0 {
      var name: UnsafePointer<CChar>?
      var value: UnsafeRawPointer?
      var count = 0
      while archive_entry_xattr_next(entry, &name, &value, &count) == ARCHIVE_OK {
        guard let name, let text = String(validatingCString: name) else { continue }
        attributes[text] = Array(UnsafeRawBufferPointer(start: value, count: count))
      }
    }
    extendedAttributes = attributes
  }
}
