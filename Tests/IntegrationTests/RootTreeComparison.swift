import Essentials
import SystemPackage
import TestSupport

/// The os layer beside what mmdebstrap makes of the same packages, from an archive on this machine.
enum RootTreeComparison {
  /// All differences but those that are meant, a line each.
  /// - Parameter layer: the os layer's tar.
  static func differences(_ flow: Flow, layer: FilePath) async throws -> String {
    let work = flow.folder.appending("mmdebstrap")
    try DurableFile.createFolder(work)
    let prepared = try await run(
      archive, [flow.recipe.appending("recipe.lock").string, flow.store.string, work.string])
    let names = prepared.split(separator: "\n").map(String.init)
    _ = try await Command(
      "mmdebstrap",
      [
        "--variant=custom", "--include=\(names.dropFirst().joined(separator: ","))", names[0],
        work.appending("root.tar").string, "deb [trusted=yes] copy:\(work)/archive ./",
      ]
    ).output()
    return try await run(compare, [layer.string, work.appending("root.tar").string])
  }

  private static func run(_ script: String, _ arguments: [String]) async throws -> String {
    let command = Command("python3", ["-"] + arguments, input: Array(script.utf8))
    return String(decoding: try await command.output(), as: UTF8.self)
  }

  /// Makes the archive, and prints the suite and the packages' names.
  private static let archive = #"""
    import json, os, subprocess, sys
    lock, store, work = json.load(open(sys.argv[1])), sys.argv[2], sys.argv[3]
    os.mkdir(work + '/archive')
    print(lock['debian']['suites'][0]['suite'])
    for pin in lock['debian']['packages']:
        print(pin['name'])
        os.link(store + '/blobs/sha256/' + pin['sha256'], f"{work}/archive/{pin['name']}_{pin['architecture']}.deb")
    with open(work + '/archive/Packages', 'w') as index:
        subprocess.run(['dpkg-scanpackages', '-m', '.'], cwd=work + '/archive', stdout=index, stderr=subprocess.DEVNULL, check=True)
    """#

  private static let compare = #"""
    import hashlib, re, sys, tarfile

    # What a bake takes out, or never makes: the program writes the initrd itself, devices belong to a running system, and
    # the rest is of the machine that baked, of the moment, or of no use where nothing is installed.
    absent = re.compile(r'''(boot/initrd\.img-.*|dev/.*|run/.*|etc/(\.pwd\.lock|fstab|hostname|resolv\.conf|apt/sources\.list)
      |etc/(passwd|group|shadow|gshadow)-|var/cache/debconf/.*-old|var/lib/dpkg/.*-old|var/lib/dpkg/(lock|lock-frontend|triggers/Lock)
      |etc/systemd/system/timers\.target\.wants/(apt-daily|apt-daily-upgrade|dpkg-db-backup)\.timer
      |var/cache/apt/.*|var/lib/apt/lists/.*|var/log/apt|var/lib/rabbitmq/\.erlang\.cookie)''', re.X)
    # dpkg makes it by `dpkg --update-avail` or not at all; an empty one is what its own tools begin with.
    added = re.compile('var/lib/dpkg/available')
    # Contents only: .pyc files are named by the hash of their source, not its time; the days in shadow are those of the
    # locked suites; ids of system users, shells, triggers and answers of debconf come in the order of configuration.
    content = re.compile(r'.*\.pyc|etc/(passwd|group|shadow|gshadow|shells)|var/lib/dpkg/triggers/File|var/cache/debconf/(config|templates)\.dat')
    # Read-only until the first boot writes it.
    mode = re.compile('etc/machine-id')

    def load(path):
        archive = tarfile.open(path)
        members = {m.name.lstrip('./').rstrip('/'): m for m in archive}
        def names(file):
            text = archive.extractfile(members[file]).read().decode()
            return {int(line.split(':')[2]): line.split(':')[0] for line in text.splitlines()}
        users, groups = names('etc/passwd'), names('etc/group')
        tree = {}
        for name, member in members.items():
            target = members[member.linkname.lstrip('./')] if member.islnk() else member
            data = hashlib.sha256(archive.extractfile(target).read()).hexdigest()[:12] if target.isreg() else ''
            attributes = sorted((k, v) for k, v in target.pax_headers.items() if k.startswith('SCHILY.xattr.'))
            tree[name] = {'kind': target.type, 'mode': oct(target.mode), 'owner': users.get(target.uid, target.uid),
                          'group': groups.get(target.gid, target.gid), 'target': target.linkname if target.issym() else '',
                          'data': data, 'attributes': attributes}
        return tree

    ours, theirs = load(sys.argv[1]), load(sys.argv[2])
    for name in sorted(set(ours) | set(theirs)):
        if name not in ours:
            if not absent.fullmatch(name): print('missing', name)
        elif name not in theirs:
            if not added.fullmatch(name): print('added', name)
        else:
            for key, value in ours[name].items():
                if value == theirs[name][key]: continue
                if key == 'data' and content.fullmatch(name) or key == 'mode' and mode.fullmatch(name): continue
                print('differs', name, key, value, theirs[name][key])
    if len(ours) < 10000: print('only', len(ours), 'paths')
    """#
}
