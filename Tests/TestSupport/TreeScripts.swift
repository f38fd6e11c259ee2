/// What Python is asked to do, so that trees are made and looked at by other means than the code under test.
package enum TreeScripts {
  /// Makes a tree of a seed's own below the folder given: `python3 - FOLDER SEED`.
  package static let make = #"""
    import os, random, struct, sys
    root, seed = os.fsencode(sys.argv[1]), int(sys.argv[2])
    rng = random.Random(seed)
    folders, files = [root], []
    EPOCH = 1700000000

    def name():
        form = rng.randrange(12)
        if form == 0: return bytes(rng.choice([c for c in range(1, 256) if c != 47]) for _ in range(rng.randrange(1, 30)))
        if form == 1: return bytes([rng.choice(b'!+-.#')]) + str(rng.randrange(1000)).encode()
        if form == 2: return ('na\u00efve \u2603 ' + str(rng.randrange(1000))).encode()
        if form == 3: return (b'long' * 70)[:rng.choice([99, 100, 101, 154, 155, 156, 254, 255])]
        if form == 4: return b'..' + str(rng.randrange(1000)).encode()
        if form == 5: return b' ' + str(rng.randrange(10)).encode() + b'\n'
        return rng.choice([b'bin', b'lib', b'etc', b'a', b'b-', b'b', b'b.', b'Z']) + str(rng.randrange(100)).encode()

    def finish(path, link=False, special=False):
        if rng.randrange(3) == 0:
            os.chown(path, rng.choice([0, 1, 1000, 65535, 65536, 3000000000]), rng.choice([0, 33, 70000]), follow_symlinks=False)
        if not link: os.chmod(path, rng.choice([0o644, 0o755, 0o600, 0o4755, 0o2750, 0o1777, 0, 0o7777]))
        if not link and not special and rng.randrange(5) == 0:
            for _ in range(rng.randrange(1, 4)):
                os.setxattr(path, b'user.' + bytes(rng.choice(b'abcdefgh') for _ in range(rng.randrange(1, 12))),
                            bytes(rng.randrange(256) for _ in range(rng.choice([0, 1, 3, 20, 300]))))

    def acl(path):
        entries = [(1, 7, 0xffffffff), (2, 6, 1234), (4, 5, 0xffffffff), (16, 7, 0xffffffff), (32, 4, 0xffffffff)]
        os.setxattr(path, 'system.posix_acl_access', struct.pack('<I', 2) + b''.join(struct.pack('<HHI', *e) for e in entries))

    for _ in range(rng.choice([0, 5, 60, 250])):
        path = os.path.join(rng.choice(folders), name())
        if os.path.lexists(path) or path.count(b'/') > 60: continue
        kind = rng.randrange(20)
        if kind < 5:
            os.mkdir(path); folders.append(path); finish(path)
        elif kind < 12:
            size = rng.choice([0, 1, 511, 512, 513, 3583, 3584, 4095, 4096, 4097, rng.randrange(70000)])
            with open(path, 'wb') as f: f.write(rng.randbytes(size))
            files.append(path); finish(path)
            if rng.randrange(8) == 0:
                os.setxattr(path, 'security.capability', struct.pack('<IIIII', 0x02000001, rng.randrange(1 << 20), 0, 0, 0))
            if rng.randrange(10) == 0: acl(path)
        elif kind < 15:
            os.symlink((b't/' * 2100)[:rng.choice([1, 20, 99, 100, 101, 2000, 4050, 4095])], path)
            files.append(path); finish(path, link=True)
        elif kind == 15:
            os.mknod(path, rng.choice([0o020666, 0o060660]), os.makedev(rng.choice([1, 8, 259, 4095]), rng.choice([1, 3, 255, 256, 1048575])))
            files.append(path); finish(path, special=True)
        elif kind == 16:
            os.mkfifo(path); finish(path, special=True)
        elif files:
            os.link(rng.choice(files), path, follow_symlinks=False)
    if seed % 10 == 3:
        for number in range(3000): os.close(os.open(os.path.join(root, b'many%06d' % number), os.O_CREAT | os.O_WRONLY))
    if seed % 10 == 4:
        deep = root
        for number in range(150):
            deep = os.path.join(deep, b'deep%d' % number)
            os.mkdir(deep)
    # Times last, and folders after what is in them.
    for folder, names, others in os.walk(root, topdown=False):
        for other in names + others + [b'.']:
            time = rng.choice([0, EPOCH, EPOCH, EPOCH - rng.randrange(10 ** 9), -5, 1])
            os.utime(os.path.join(folder, other), (time, time), follow_symlinks=False)
    """#

  /// Prints all that can be seen of a tree, a line an entry: `python3 - FOLDER`.
  package static let show = #"""
    import hashlib, os, stat, sys
    root = os.fsencode(sys.argv[1])
    options = sys.argv[2:]
    groups, lines = {}, []
    paths = [b'']
    for folder, names, others in os.walk(root):
        for name in names + others: paths.append(os.path.relpath(os.path.join(folder, name), root))
    for path in sorted(paths):
        full = os.path.join(root, path) if path else root
        s = os.lstat(full)
        line = [path.hex() if 'hex' in options else repr(path), oct(s.st_mode), s.st_uid, s.st_gid]
        if 'notime' not in options: line.append(s.st_mtime_ns)
        if stat.S_ISLNK(s.st_mode): line.append(hashlib.sha256(os.readlink(full)).hexdigest()[:12])
        if stat.S_ISREG(s.st_mode):
            digest = hashlib.sha256()
            with open(full, 'rb') as f:
                while block := f.read(1 << 20): digest.update(block)
            line += [s.st_size, digest.hexdigest()[:16]]
        if stat.S_ISCHR(s.st_mode) or stat.S_ISBLK(s.st_mode): line.append((os.major(s.st_rdev), os.minor(s.st_rdev)))
        if stat.S_ISDIR(s.st_mode):
            if 'nolinks' not in options: line.append(s.st_nlink)
        elif 'nolinks' not in options:
            line += [s.st_nlink, repr(groups.setdefault((s.st_dev, s.st_ino), path)) if s.st_nlink > 1 else '']
        line += sorted((x, os.getxattr(full, x, follow_symlinks=False).hex()) for x in os.listxattr(full, follow_symlinks=False)
                       if not x.startswith('trusted.overlay.') and not ('noacl' in options and 'acl' in x))
        print(*line)
    """#
}
