import CYAML
import Essentials

/// The events of a YAML stream, by libyaml.
///
/// libyaml is used directly rather than through a Swift package: those read aliases before anyone can refuse
/// them, don't say where an alias stands, and need all of Foundation, which makes the program start later and
/// seven times as large.
final class YAMLEvents {
  enum Event {
    case documentStart
    case scalar(String, isPlain: Bool)
    case listStart
    case listEnd
    case mappingStart
    case mappingEnd
    case end
  }

  // Owned: created by init, freed by deinit, and never handed out.
  private let parser: UnsafeMutablePointer<yaml_parser_t>
  private let input: UnsafeMutableBufferPointer<UInt8>
  private let file: String
  /// What the file holds, as an error names it.
  let document: String

  init(_ bytes: [UInt8], file: String, as document: String) throws(Diagnostic) {
    self.file = file
    self.document = document
    input = .allocate(capacity: bytes.count)
    _ = input.initialize(from: bytes)
    parser = .allocate(capacity: 1)
    guard yaml_parser_initialize(parser) == 1 else {
      // Nothing of the parser is left to delete: the deinitialiser deletes a zeroed one, which is harmless.
      parser.initialize(to: yaml_parser_t())
      throw Diagnostic(.failed, "no memory to read \(file)")
    }
    yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
    yaml_parser_set_input_string(parser, input.baseAddress, input.count)
  }

  deinit {
    yaml_parser_delete(parser)
    parser.deallocate()
    input.deallocate()
  }

  /// The next event and where it begins.
  /// - Throws: also for aliases, anchors and tags, which none of our files may have.
  func next() throws(Diagnostic) -> (event: Event, location: Diagnostic.Location) {
    while true {
      var event = yaml_event_t()
      guard yaml_parser_parse(parser, &event) == 1 else { throw fault() }
      defer { yaml_event_delete(&event) }
      let place = location(event.start_mark)
      switch event.type {
      case YAML_DOCUMENT_START_EVENT: return (.documentStart, place)
      case YAML_SCALAR_EVENT:
        let scalar = event.data.scalar
        let isPlain = scalar.style == YAML_PLAIN_SCALAR_STYLE
        // A scalar without a tag has the flag of its own style set and no tag.
        try refuse(anchor: scalar.anchor, tag: scalar.tag, at: place)
        let text = String(
          decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
        return (.scalar(text, isPlain: isPlain), place)
      case YAML_SEQUENCE_START_EVENT:
        try refuse(anchor: event.data.sequence_start.anchor, tag: event.data.sequence_start.tag, at: place)
        return (.listStart, place)
      case YAML_MAPPING_START_EVENT:
        try refuse(anchor: event.data.mapping_start.anchor, tag: event.data.mapping_start.tag, at: place)
        return (.mappingStart, place)
      case YAML_SEQUENCE_END_EVENT: return (.listEnd, place)
      case YAML_MAPPING_END_EVENT: return (.mappingEnd, place)
      case YAML_ALIAS_EVENT:
        throw Diagnostic(
          .usage, "a \(document) may not use YAML aliases", at: place,
          hints: ["write the value again; text that begins with '*' needs quotes"])
      case YAML_STREAM_END_EVENT, YAML_NO_EVENT: return (.end, place)
      default: continue
      }
    }
  }

  private func refuse(
    anchor: UnsafeMutablePointer<yaml_char_t>?, tag: UnsafeMutablePointer<yaml_char_t>?,
    at place: Diagnostic.Location
  ) throws(Diagnostic) {
    if anchor != nil {
      throw Diagnostic(
        .usage, "a \(document) may not use YAML anchors", at: place,
        hints: ["write the value wherever it's needed; text that begins with '&' needs quotes"])
    }
    if tag != nil {
      throw Diagnostic(
        .usage, "a \(document) may not use YAML tags", at: place,
        hints: ["leave the tag out; text that begins with '!' needs quotes"])
    }
  }

  private func location(_ mark: yaml_mark_t) -> Diagnostic.Location {
    Diagnostic.Location(file: file, line: Int(mark.line) + 1, column: Int(mark.column) + 1)
  }
}

extension YAMLEvents {
  /// What libyaml found wrong.
  private func fault() -> Diagnostic {
    let state = parser.pointee
    let problem = state.problem.map { String(cString: $0) } ?? "it can't be read"
    switch state.error {
    case YAML_MEMORY_ERROR:
      return Diagnostic(.failed, "no memory to read \(file)")
    case YAML_READER_ERROR:
      return Diagnostic(
        .usage, "not valid YAML: \(problem)", at: location(offset: state.problem_offset),
        hints: ["save the file as UTF-8"])
    default:
      let beginning = beginning(state)
      let context = state.context.map { String(cString: $0) + ": " } ?? ""
      return Diagnostic(
        .usage, "not valid YAML: \(context)\(problem)", at: location(state.problem_mark),
        hints: [hint(problem, context, state.problem_mark.index) ?? beginning].compactMap { $0 })
    }
  }

  /// Where what isn't closed was opened, where that's further up.
  private func beginning(_ state: yaml_parser_t) -> String? {
    guard let context = state.context.map({ String(cString: $0) }),
      let thing = context.split(separator: " a ", maxSplits: 1).dropFirst().first,
      state.context_mark.line < state.problem_mark.line
    else { return nil }
    return "look for the end of the \(thing) that begins in line \(state.context_mark.line + 1)"
  }

  private func hint(_ problem: String, _ context: String, _ index: Int) -> String? {
    if problem.contains("cannot start any token") {
      let offset = offset(ofCharacter: index)
      guard input.indices.contains(offset) else { return nil }
      return input[offset] == 9
        ? "indent with spaces; YAML takes no tabs there"
        : "put text that begins with '\(Character(Unicode.Scalar(input[offset])))' in quotes"
    }
    if problem.contains("mapping values are not allowed") {
      return "put text that holds ': ' in quotes, or check the indentation"
    }
    if context.contains("alias") { return "put text that begins with '*' in quotes" }
    if context.contains("anchor") { return "put text that begins with '&' in quotes" }
    if problem.contains("expected <block end>") || problem.contains("did not find expected key")
      || problem.contains("did not find expected '-' indicator")
    {
      return "check the indentation, and put text with special characters in quotes"
    }
    return nil
  }

  /// libyaml counts characters; the input is bytes.
  private func offset(ofCharacter index: Int) -> Int {
    var left = index
    for offset in input.indices where input[offset] & 0xC0 != 0x80 {
      if left == 0 { return offset }
      left -= 1
    }
    return input.count
  }

  private func location(offset: Int) -> Diagnostic.Location {
    var line = 1
    var column = 1
    for byte in input.prefix(offset) {
      if byte == UInt8(ascii: "\n") {
        line += 1
        column = 1
      } else if byte & 0xC0 != 0x80 {
        column += 1
      }
    }
    return Diagnostic.Location(file: file, line: line, column: column)
  }
}
