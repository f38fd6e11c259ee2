"""Makes a store of many blobs, or of large ones, without hardtack.

Usage: store_of_blobs.py FOLDER BLOBS BYTES [LOCKFILES IMAGES]

Four of five blobs are named by lockfiles in equal parts, and each image has a manifest, a configuration and three layers; the
rest is garbage.
"""

import hashlib
import json
import os
import random
import sys

folder, count, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
lockfiles, images = (int(text) for text in sys.argv[4:6]) if len(sys.argv) > 4 else (0, 0)
source = random.Random(4)


def path(*names):
    return os.path.join(folder, *names)


def blob(content):
    name = hashlib.sha256(content).hexdigest()
    with open(path("blobs", "sha256", name), "wb") as file:
        file.write(content)
    os.chmod(file.name, 0o444)
    return "sha256:" + name


def text(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def root(kind, name, digests):
    content = text({"digests": digests, "kind": kind, "labels": {}, "name": name})
    checksum = "sha256:" + hashlib.sha256(content.encode()).hexdigest()
    place = path("roots", kind, hashlib.sha256(name.encode()).hexdigest() + ".json")
    os.makedirs(os.path.dirname(place), exist_ok=True)
    with open(place, "w") as file:
        file.write(f'{{"checksum":"{checksum}","content":{content},"record":"root","version":1}}\n')


os.makedirs(path("blobs", "sha256"))
with open(path("format"), "w") as file:
    file.write("hardtack store 1\n")
piece = source.randbytes(size)
digests = [blob(number.to_bytes(8, "big") + piece[8:]) for number in range(count - images * 2)]
kept = digests[: len(digests) * 4 // 5]
for number in range(lockfiles):
    root("lockfile", f"/recipes/{number}", kept[number::lockfiles])
for number in range(images):
    layers = [{"digest": digest} for digest in source.sample(kept, 3)]
    config = blob(text({"number": number}).encode())
    manifest = blob(text({"config": {"digest": config}, "layers": layers}).encode())
    root("image", manifest[7:], [manifest])
