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

  deinit { buffer.deallocate() }

  /// The attributes, in the order the kernel gives.
  /// - Parameters:
  ///   - folder: the folder's descriptor.
  ///   - name: a name in it; nil for the folder itself.
  ///   - path: what messages call it.
  func read(_ folder: Int32, name: UnsafePointer<CChar>?, path: FilePath) throws(Diagnostic)
    -> [ExtendedAttribute]
  {
    var place = Array("/proc/self/fd/\(folder)".utf8CString)
    if let name {
      place[place.count - 1] = CChar(UInt8(ascii: "/"))
      place.append(contentsOf: UnsafeBufferPointer(start: name, count: strlen(name) + 1))
    }
    // A descriptor's own place is a link, which must be followed.
    let count = name == nil ? listxattr(place, buffer, Self.room) : llistxattr(place, buffer, Self.room)
    if count == 0 { return [] }
    guard count > 0 else {
      if errno == ENOTSUP { return [] }
      if errno == ENOENT {
        throw Diagnostic(.failed, "cannot read the attributes of \(path): no file system at /proc")
          .hint("mount proc at /proc where the program runs")
      }
      throw .system(.current, "read the attributes of", path)
    }
    let list = UnsafeRawBufferPointer(start: buffer, count: count)
    var attributes: [ExtendedAttribute] = []
    for attribute in Array(list).split(separator: 0) {
      let zeroed = attribute.map { CChar(bitPattern: $0) } + [0]
      let value = [UInt8](unsafeUninitializedCapacity: Self.room) { value, count in
        count = max(
          0,
          name == nil
            ? getxattr(place, zeroed, value.baseAddress, Self.room)
            : lgetxattr(place, zeroed, value.baseAddress, Self.room))
      }
      attributes.append(ExtendedAttribute(name: Array(attribute), value: value))
    }
    return attributes
  }
}
