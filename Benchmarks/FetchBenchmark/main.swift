// Fetches into a store what standard input lists, a line each: URL, size in bytes, SHA-256.
//
// Usage: FetchBenchmark STORE < LIST

import Essentials
import Glibc
import Storage
import SystemPackage
import Transfer

var artifacts: [Artifact] = []
while let line = readLine() {
  let fields = line.split(separator: " ")
  guard fields.count == 3, let size = Int64(fields[1]), let digest = Digest(hexadecimal: fields[2]) else {
    continue
  }
  let url = try ResourceURL(String(fields[0]))
  artifacts.append(Artifact(digest: digest, size: size, urls: [url], label: url.path))
}
let clock = ContinuousClock()
let began = clock.now
let store = try Store(at: FilePath(CommandLine.arguments[1]), creating: true)
let opened = clock.now
let downloader = try Downloader()
try await downloader.fetch(artifacts, into: store, progress: Progress(style: .quiet))
print("fetch \((clock.now - opened) / .seconds(1)) opening \((opened - began) / .seconds(1))")
