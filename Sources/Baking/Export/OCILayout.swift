import Essentials
import Images
import Storage
import SystemPackage

/// Writes an image as an OCI image layout of its own: manifest, configuration, layers, and what is said about it.
///
/// Source: OCI image specification 1.1, image-layout.md; referrers are listed in `index.json`, without a name.
enum OCILayout {
  /// - Parameters:
  ///   - name: what `index.json` calls the image.
  ///   - folder: exists and is empty.
  static func write(_ image: Image, named name: String, from store: Store, to folder: FilePath)
    throws(Diagnostic)
  {
    let blobs = folder.pushing("blobs/sha256")
    try DurableFile.createFolder(blobs)
    let referrers = try image.referrerDescriptors(in: store)
    var digests = [image.digest, image.manifest.config.digest] + image.manifest.layers.map(\.digest)
    for descriptor in referrers {
      let referrer = try image.referrer(descriptor.digest, in: store)
      digests += [descriptor.digest, referrer.config.digest] + referrer.layers.map(\.digest)
    }
    for digest in Set(digests) {
      let output = try ExportFile(blobs.appending(digest.hexadecimal))
      try store.open(digest).withBytes { bytes throws(Diagnostic) in try output.write(bytes) }
      try output.publish()
    }
    var descriptor = try image.descriptor(in: store)
    descriptor.annotations = ["org.opencontainers.image.ref.name": name]
    let index = try CanonicalDocument(ImageList([descriptor] + referrers), as: MediaType.imageIndex)
    try DurableFile.write(Array(#"{"imageLayoutVersion":"1.0.0"}"#.utf8), to: folder.appending("oci-layout"))
    try DurableFile.write(index.bytes, to: folder.appending("index.json"))
  }
}
