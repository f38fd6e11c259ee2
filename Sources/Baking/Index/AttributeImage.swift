/// Extended attributes as they stand behind an inode: a header, then for each the lengths, the namespace's
/// number, the rest of the name and the value, on a multiple of four bytes.
enum AttributeImage {
  /// In bytes, header included.
  static func size(_ attributes: [ExtendedAttribute]) -> Int {
    attributes.reduce(ErofsFormat.attributeHeaderSize) { $0 + size($1) }
  }

  static func write(_ attributes: [ExtendedAttribute], at offset: Int, to image: inout ByteImage) {
    var position = offset + ErofsFormat.attributeHeaderSize
    for attribute in attributes {
      let (index, name) = split(attribute.name)
      image.put(UInt8(truncatingIfNeeded: name.count), at: position)
      image.put(index, at: position + 1)
      image.put(UInt16(truncatingIfNeeded: attribute.value.count), at: position + 2)
      image.put(name, at: position + 4)
      image.put(attribute.value[...], at: position + 4 + name.count)
      position += size(attribute)
    }
  }

  private static func size(_ attribute: ExtendedAttribute) -> Int {
    (4 + split(attribute.name).name.count + attribute.value.count + 3) / 4 * 4
  }

  /// The namespace's number and what follows it.
  private static func split(_ name: [UInt8]) -> (index: UInt8, name: ArraySlice<UInt8>) {
    for (prefix, index) in ErofsFormat.namespaces where name.starts(with: prefix) {
      return (index, name.dropFirst(prefix.count))
    }
    // Number 0 is no namespace's: the kernel passes over such an attribute. Layers hold none.
    return (0, name[...])
  }
}
