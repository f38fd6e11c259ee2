#!/bin/bash
# Locking recipes/logic against the tools that a team would use for the two halves: apt-get's solver for the Debian
# packages, uv for the Python requirements; the Debian half also by itself. Package indexes are on this machine for all of
# them, and apt has a warm cache: its own folder, and no configuration but this, since container images switch it off.
#
# Usage: Benchmarks/lock.sh [ROUNDS]
#
# Prints each round's seconds, elapsed and of processor time, and the peak of memory; then the ratio of the medians.
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-5}
hardtack=$PWD/.build/release/hardtack
mkdir -p .build
work=$(mktemp -d -p "$PWD/.build")
trap 'rm -rf "$work"' EXIT

cp -r recipes "$work/recipes"
recipe=$work/recipes/logic
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q uv
index=${PIP_INDEX_URL:-$("$work/venv/bin/pip" config get global.index-url 2> /dev/null || true)}
mapfile -t packages < <(jq -r '.debian.packages[] | select(.because | index("requested")) | .name' "$recipe/recipe.lock")
# An empty dpkg database, and a cache of apt's own, which it keeps only where a configuration file names it.
touch "$work/status"
mkdir -p "$work/apt/archives/partial"
cat > "$work/apt.conf" <<END
Dir::State::status "$work/status";
Dir::Cache "$work/apt";
Dir::Cache::pkgcache "$work/apt/pkgcache.bin";
Dir::Cache::srcpkgcache "$work/apt/srcpkgcache.bin";
Dir::Etc::parts "/dev/null";
END

# The same recipe without its Python requirements.
debian=$work/debian/logic
cp -r "$work/recipes" "$work/debian"
sed -i '/^python:/,/^application:/{/^application:/!d}' "$debian/recipe.yaml"

run_debian() { "$hardtack" lock --upgrade "$debian" --store "$work/store"; }
run_lock() { "$hardtack" lock --upgrade "$recipe" --store "$work/store"; }
run_apt() {
  APT_CONFIG=$work/apt.conf apt-get -q -y --no-install-recommends --print-uris install '?essential' "${packages[@]}"
}
run_uv() {
  "$work/venv/bin/uv" pip compile -q --generate-hashes --only-binary :all: --python-version 3.11 \
    ${index:+--default-index "$index"} --cache-dir "$work/uv" -o "$work/requirements.txt" "$recipe/requirements.in"
}
measure() {
  name=$1
  shift
  export -f "$1"
  export hardtack recipe debian work index
  export packages_text="${packages[*]}"
  /usr/bin/env time -f '%e %U %S %M' -o "$work/time" bash -c "read -ra packages <<< \"\$packages_text\"; $1" > "$work/log" 2>&1 ||
    { cat "$work/log" >&2; exit 1; }
  awk '{ printf "%.2f %.2f %d\n", $1, $2 + $3, $4 / 1024 }' "$work/time" | tee -a "$work/$name.times" |
    awk -v name="$name" '{ printf "%-6s %6.2f s, %6.2f s of processor time, %4d MiB\n", name, $1, $2, $3 }'
}
median() { cut -d' ' -f1 "$work/$1.times" | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

# Once for the caches of all.
run_debian > "$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
run_lock > "$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
run_apt > "$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
run_uv > "$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
for round in $(seq "$rounds"); do
  measure lock run_lock
  measure debian run_debian
  measure apt run_apt
  measure uv run_uv
done
echo "debian / apt: $(echo "$(median debian) $(median apt)" | awk '{ printf "%.2f", $1 / $2 }')"
echo "lock / (apt + uv): $(echo "$(median lock) $(median apt) $(median uv)" | awk '{ printf "%.2f", $1 / ($2 + $3) }')"
