import ArgumentParser
import Essentials
import Images
import Storage
import SystemPackage

struct SignCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sign",
    abstract: "Sign an image, so that others can tell it's yours.",
    discussion: """
      An Ed25519 signature of the manifest's digest, and so of everything in the image, is stored beside it, and stays as \
      long as the image does. Signing again with the same key changes nothing; each key has its own signature.

        openssl genpkey -algorithm ed25519 -out sign.key
        openssl pkey -in sign.key -pubout -out sign.pub
        hardtack sign v1 --key sign.key
      """)

  @Argument(help: "A release's name, or an image's digest.")
  var image: String

  @Option(help: ArgumentHelp("The private key, PEM without a passphrase.", valueName: "file"))
  var key: String

  @OptionGroup var shared: SharedOptions

  @Flag(help: "Print image, key and signature as JSON.")
  var json = false

  func run() throws {
    let store = try shared.openStore()
    let key = try Ed25519Key(FilePath(self.key), .secret)
    let image = try Image.find(self.image, in: store)
    let signature = try ImageSignature.sign(image, with: key, in: store)
    try SignatureAnswer(image: image.digest, key: try key.identity, signature: signature).print(json: json)
  }
}

struct VerifySignatureCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "See whether an image was signed by the holder of a key.",
    discussion: """
      Exit code 4 where it wasn't. The signature covers the manifest, which names all else by digest; \
      'hardtack store verify' reads all that again.

        hardtack verify v1 --key sign.pub
        hardtack boot v1 --require-signature sign.pub
      """)

  @Argument(help: "A release's name, or an image's digest.")
  var image: String

  @Option(help: ArgumentHelp("The public key, PEM.", valueName: "file"))
  var key: String

  @OptionGroup var shared: SharedOptions

  @Flag(help: "Print image, key and signature as JSON.")
  var json = false

  func run() throws {
    let store = try shared.openStore()
    let key = try Ed25519Key(FilePath(self.key), .public)
    let image = try Image.find(self.image, in: store)
    let signature = try ImageSignature.verify(image, with: key, in: store)
    try SignatureAnswer(image: image.digest, key: try key.identity, signature: signature).print(json: json)
  }
}

/// What both commands print.
private struct SignatureAnswer: Encodable {
  let image: Digest
  let key: Digest
  let signature: Digest

  func print(json: Bool) throws(Diagnostic) {
    if json { return try Output.json(self) }
    Output.table([["image", "\(image)"], ["key", "\(key)"], ["signature", "\(signature)"]])
  }
}
