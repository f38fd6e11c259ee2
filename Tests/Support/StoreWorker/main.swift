// Works in a store until it's killed: a line of output for each thing done. Or does one of each and ends.
//
// Usage: StoreWorker STORE publish|group|tag|collect|publish-once|collect-once

import Essentials
import Glibc
import Storage
import SystemPackage

let arguments = CommandLine.arguments

/// Ends with the exit code 1 where there's no store.
func openStore() -> Store {
  do { return try Store(at: FilePath(CommandLine.arguments[1]), creating: true) } catch {
    _ = try? FileDescriptor.standardError.writeAll("\(error)\n".utf8)
    exit(1)
  }
}

let store = openStore()

/// Unbuffered: a line is out as soon as its work is done.
func say(_ line: some CustomStringConvertible) throws {
  _ = try FileDescriptor.standardOutput.writeAll("\(line)\n".utf8)
}

/// A megabyte or two that tells its number; the same in every worker.
func content(_ number: Int) -> [UInt8] {
  Array(repeating: UInt8(truncatingIfNeeded: number), count: 1_000_000 + number) + Array("\(number)".utf8)
}

/// All ways to publish, once: alone, in a group, as an action's result, under a root and a name.
func publishOnce() throws {
  let alone = try store.publish(content(1))
  let group = PublicationGroup(store)
  for number in 2...3 {
    let ingest = try store.ingest(resuming: Digest(of: content(number)))
    if ingest.count > content(number).count { try ingest.restart() }
    ingest.resumeNote = "a note"
    try ingest.write(Array(content(number).dropFirst(Int(ingest.count))))
    try group.add(ingest, expecting: Digest(of: content(number)))
  }
  try group.publish()
  try store.record(ActionKey("worker", version: 1), ActionResult(outputs: ["blob": alone]))
  let manifest = Array("{\"layers\": [{\"digest\": \"\(alone)\"}]}".utf8)
  let digest = try store.publish(manifest)
  try store.keep(Root(.image, digest.hexadecimal, digests: [digest]))
  try store.tag(Tag("worker", mediaType: "x/y", digest: digest, size: Int64(manifest.count)))
}

do {
  switch arguments[2] {
  case "publish-once":
    try publishOnce()
    exit(0)
  case "collect-once":
    try say(store.collect(keep: 0).blobs)
    exit(0)
  default: break
  }
} catch {
  _ = try? FileDescriptor.standardError.writeAll("\(error)\n".utf8)
  exit(1)
}

var number = 0
while true {
  number += 1
  switch arguments[2] {
  case "publish":
    try say(store.publish(content(number % 50)))
  case "group":
    let group = PublicationGroup(store)
    for member in 0..<5 {
      let ingest = try store.ingest(resuming: Digest(of: content((number + member) % 50)))
      try ingest.restart()
      try ingest.write(content((number + member) % 50))
      try group.add(ingest)
    }
    try group.publish()
    try say(number)
  case "tag":
    let bytes = Array("{\"number\": \(number % 20)}".utf8)
    let digest = try store.publish(bytes)
    try store.keep(Root(.image, "image\(number % 20)", digests: [digest]))
    try store.tag(Tag("release\(number % 7)", mediaType: "x/y", digest: digest, size: Int64(bytes.count)))
    try say(digest)
  default:
    try say(store.collect().blobs)
  }
}
