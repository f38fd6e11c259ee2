import CLinux
import Essentials
import Glibc
import SystemPackage

/// Reads the extended attributes of what stands in an open folder, without opening it.
///
/// Linux has no such call with a folder's descriptor before 6.13; `/proc/self/fd/N/NAME` leads to the folder
/// itself, whatever has been renamed meanwhile, and the last name isn't followed.
final class AttributeReader {
  private static let room = 1 << 16
  private let buffer = UnsafeMutablePointer<CChar>.allocate(capacity: room)
  private let value = UnsafeMutableRawPointer.allocate(byteCount: room, alignment: 8)
  // The folder's place, kept from call to call.
  private var place: [CChar] = []
  private var placeCount = 0
  private var placeFolder: Int32 = -1

  deinit {
    buffer.deallocate()
    value.deallocate()
  }

  /// The attributes, in the order the kernel gives.
  /// - Parameters:
  ///   - folder: the folder's descriptor.
  ///   - name: a name in it; nil for the folder itself.
  ///   - path: what messages call it.
  func read(
    _ folder: Int32, name: UnsafePointer<CChar>?, path: @autoclosure () -> FilePath
  ) throws(Diagnostic) -> [ExtendedAttribute] {
    if folder != placeFolder {
      place = Array("/proc/self/fd/\(folder)/".utf8CString)
      placeCount = place.count - 1
      placeFolder = folder
    }
    place.removeSubrange(placeCount...)
    if let name {
      place.append(contentsOf: UnsafeBufferPointer(start: name, count: strlen(name) + 1))
    } else {
      // A descriptor's own place is a link, which the slash behind it makes the kernel follow.
      place.append(0)
    }
    let count = llistxattr(place, buffer, Self.room)
    if count == 0 { return [] }
    guard count > 0 else {
      if errno == ENOTSUP { return [] }
      if errno == ENOENT {
        throw Diagnostic(.failed, "cannot read the attributes of \(path()): no file system at /proc")
          .hint("mount proc at /proc where the program runs")
      }
      throw .system(.current, "read the attributes of", path())
    }
    let list = UnsafeRawBufferPointer(start: buffer, count: count)
    var attributes: [ExtendedAttribute] = []
    for attribute in Array(list).split(separator: 0) {
      let zeroed = attribute.map { CChar(bitPattern: $0) } + [0]
      let size = lgetxattr(place, zeroed, value, Self.room)
      guard size >= 0 else { throw .system(.current, "read the attribute of", path()) }
      let found = UnsafeRawBufferPointer(start: value, count: size)
      attributes.append(ExtendedAttribute(name: Array(attribute), value: Array(found)))
    }
    return attributes
  }
}
