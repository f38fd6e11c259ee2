import Essentials
import FoundationEssentials

/// Rows come as one line of JSON, in which a name may hold whatever it likes.
extension String {
  func decoded<Value: Decodable>(as type: Value.Type) throws(Diagnostic) -> Value {
    guard let value = decodedIfAny(as: type) else {
      throw Diagnostic(.bug, "PostgreSQL answered '\(printable)' where \(type) was expected")
    }
    return value
  }

  /// nil where no row, or none that is what is expected, came back.
  func decodedIfAny<Value: Decodable>(as type: Value.Type) -> Value? {
    try? JSONDecoder().decode(type, from: Data(utf8))
  }
}
