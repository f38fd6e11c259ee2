package import Essentials

/// A value and where in the recipe it stands, so that an error found much later can still point there.
package struct Located<Value> {
  package var value: Value
  package var location: Diagnostic.Location

  package init(_ value: Value, at location: Diagnostic.Location) {
    self.value = value
    self.location = location
  }

  package func map<Result>(_ transform: (Value) throws -> Result) rethrows -> Located<Result> {
    Located<Result>(try transform(value), at: location)
  }
}

extension Located: Sendable where Value: Sendable {}
extension Located: Equatable where Value: Equatable {}
