/// Where a wheel is built: fixed paths, as compilers write them into what they make.
enum BuildFolder {
  static let root = "/build"
  /// What the archive holds.
  static let source = "/build/source"
  /// The environment with what the build requires.
  static let environment = "/build/environment"
  /// What the backend made.
  static let result = "/build/result"

  /// Unpacks the archive and calls the backend's hook.
  ///
  /// Python unpacks it, in the sandbox, where no name and no link in the archive leads anywhere. Owners are left out: as root
  /// tarfile would set them.
  static let script = """
    import importlib, json, os, sys, tarfile, zipfile

    # The source itself is no place to import from, unless its settings say so.
    del sys.path[0]
    hook, archive, backend, *paths = os.environ.pop("BUILD").split("\\n")
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as files:
            files.extractall("source")
        # zipfile gives its files the time of day.
        epoch = int(os.environ["SOURCE_DATE_EPOCH"])
        for folder, folders, names in os.walk("source"):
            for name in folders + names:
                os.utime(os.path.join(folder, name), (epoch, epoch))
    else:
        with tarfile.open(archive) as files:
            files.extraction_filter = getattr(tarfile, "data_filter", None)
            members = files.getmembers()
            for member in members:
                member.uid = member.gid = 0
                member.uname = member.gname = ""
            files.extractall("source", members)
    folders = [entry.path for entry in os.scandir("source") if entry.is_dir(follow_symlinks=False)]
    if len(folders) != 1:
        sys.exit(f"{archive} should hold one folder, and holds {len(folders)}")
    os.chdir(folders[0])
    sys.path[:0] = [os.path.abspath(path) for path in paths]
    module, _, names = backend.partition(":")
    backend = importlib.import_module(module)
    for name in filter(None, names.split(".")):
        backend = getattr(backend, name)
    if hook == "build_wheel":
        backend.build_wheel("/build/result")
    else:
        ask = getattr(backend, hook, None)
        with open("/build/result/answer.json", "w") as answer:
            json.dump(list(ask()) if ask else [], answer)

    """
}
