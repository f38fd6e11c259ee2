import Essentials

/// A YAML value and where it begins.
struct YAMLNode {
  struct Pair {
    var key: String
    var keyLocation: Diagnostic.Location
    var value: YAMLNode
  }

  enum Content {
    /// Text as written; `isPlain` where it stands without quotes, so that YAML may read it as something else.
    case scalar(String, isPlain: Bool)
    case list([YAMLNode])
    /// In the order written; no key stands twice.
    case mapping([Pair])
  }

  var content: Content
  var location: Diagnostic.Location

  /// What it is, as an error names it.
  var kind: String {
    switch content {
    case .scalar(let text, isPlain: true):
      PlainScalar(text).kind
    case .scalar: "text"
    case .list: "a list"
    case .mapping: "a mapping"
    }
  }
}
