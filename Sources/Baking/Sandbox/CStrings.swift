/// Strings and lists of strings as C has them, for as long as this lives.
final class CStrings {
  private var allocated: [UnsafeMutableRawPointer] = []

  func pointer(_ text: String) -> UnsafePointer<CChar> { UnsafePointer(copy(text)) }

  /// Ends with NULL.
  func list(_ texts: [String]) -> UnsafePointer<UnsafeMutablePointer<CChar>?> {
    let list = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: texts.count + 1)
    for (index, text) in texts.enumerated() { list[index] = copy(text) }
    list[texts.count] = nil
    allocated.append(UnsafeMutableRawPointer(list))
    return UnsafePointer(list)
  }

  private func copy(_ text: String) -> UnsafeMutablePointer<CChar> {
    let copy = UnsafeMutablePointer<CChar>.allocate(capacity: text.utf8.count + 1)
    for (index, byte) in text.utf8.enumerated() { copy[index] = CChar(bitPattern: byte) }
    copy[text.utf8.count] = 0
    allocated.append(UnsafeMutableRawPointer(copy))
    return copy
  }

  deinit { for pointer in allocated { pointer.deallocate() } }
}
