import Essentials
import SystemPackage
import TestSupport
import Testing

/// apt-get and pip in a network namespace that holds nothing but the served store.
@Suite struct FrozenViewTests {
  @Test func `apt-get and pip install exactly what is pinned`() async throws {
    let workshop = try await Workshop()
    let program = Program(workshop)
    for command in ["lock", "fetch"] {
      let outcome = try await program.run(command, workshop.recipe.string, "--quiet")
      try #require(outcome.code == 0, "\(outcome.error)")
    }
    let requirements = try await program.run("lock", workshop.recipe.string, "--export", "requirements")
    try DurableFile.write(Array(requirements.output.utf8), to: workshop.folder.appending("requirements.txt"))
    let script = """
      set -eu
      ip link set lo up
      trap 'kill $server' EXIT
      mkfifo address
      "$PROGRAM" serve > address 2> serve.log &
      server=$!
      read url < address

      # A machine with nothing installed, and with no other archive.
      mkdir -p root/var/lib/dpkg/updates root/var/lib/dpkg/info root/var/lib/apt/lists/partial root/etc/apt/preferences.d \
        root/var/cache/apt/archives/partial root/etc/apt/apt.conf.d root/etc/apt/sources.list.d root/var/log/apt root/tmp
      touch root/var/lib/dpkg/status root/var/lib/dpkg/available
      curl -sS "$url/key.asc" > root/key.asc
      echo "deb [signed-by=$PWD/root/key.asc] $url/locks/recipe/apt frozen main" > root/etc/apt/sources.list
      cat > apt.conf <<END
      Dir "$PWD/root/";
      Dir::Bin::dpkg "/usr/bin/dpkg";
      Dir::State::status "$PWD/root/var/lib/dpkg/status";
      DPkg::Options { "--root=$PWD/root"; "--force-depends"; };
      APT::Architecture "amd64";
      APT::Architectures { "amd64"; };
      APT::Sandbox::User "root";
      DPkg::Install::Recursive "false";
      END
      export APT_CONFIG="$PWD/apt.conf" DEBIAN_FRONTEND=noninteractive
      apt-get update -q > apt.log 2>&1 || { cat apt.log; exit 1; }
      apt-get install -q -y nginx >> apt.log 2>&1 || { cat apt.log; exit 1; }
      dpkg-query --admindir root/var/lib/dpkg -W -f '${Package} ${Version} ${db:Status-Status}\\n'

      # Without what this machine's pip is set up for.
      python3 -m venv --without-pip environment
      PIP_CONFIG_FILE=/dev/null python3 -m pip --python environment/bin/python install --no-cache-dir \
        --disable-pip-version-check -q --root-user-action=ignore \
        --index-url "$url/locks/recipe/simple/" --require-hashes -r requirements.txt > pip.log 2>&1 || { cat pip.log; exit 1; }
      ls environment/lib/python3*/site-packages | grep dist-info
      curl -sS -o /dev/null -o /dev/null -w '%{http_code} ' "$url/locks/recipe/simple/Django" "$url/locks/recipe/simple/flask/"
      """
    var environment = workshop.environment
    environment["PROGRAM"] = Program.path.string
    let result = try await Command(
      "unshare", ["--net", "sh", "-c", script], environment: environment,
      workingDirectory: workshop.folder.path
    ).run()
    #expect(
      result.outputText == """
        libc6 2.36-9 installed
        nginx 1.22.1-9 installed
        nginx-common 1.22.1-9 installed
        django-5.0.dist-info
        sqlparse-0.4.dist-info
        301 404 
        """, "\(result.errorText)")
  }
}
