#!/bin/bash
# Baking recipes/logic against mmdebstrap, which makes a tar of the same packages from an archive on this machine; and
# baking again after a change. As root.
#
# Usage: Benchmarks/bake.sh [ROUNDS]
#
# Both work on a file system in memory, in turns, so neither waits for a disk. mmdebstrap makes the operating system's tree only; a bake
# also installs the wheels, builds the application, runs the recipe's checks and writes index, kernel and initrd.
# Prints each round's seconds, elapsed and of processor time, then the ratios of the medians.
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-3}
hardtack=$PWD/.build/release/hardtack
work=$PWD/.build/bench
mkdir -p "$work"
mountpoint -q "$work" && umount "$work"
mount -t tmpfs -o size=12g tmpfs "$work"
trap 'umount "$work"' EXIT
TIMEFORMAT='%R %U %S'

cp -r recipes "$work/recipes"
recipe=$work/recipes/logic
"$hardtack" fetch "$recipe" --store "$work/artifacts" >&2

# The same files as an archive that apt can read.
mkdir "$work/archive"
jq -r '.debian.packages[] | "\(.sha256) \(.name)_\(.version | gsub(":"; "%3a"))_\(.architecture).deb"' "$recipe/recipe.lock" |
  while read -r digest file; do ln "$work/artifacts/blobs/sha256/$digest" "$work/archive/$file"; done
(cd "$work/archive" && dpkg-scanpackages -m . > Packages 2> "$work/log")
names=$(jq -r '[.debian.packages[].name] | join(",")' "$recipe/recipe.lock")
suite=$(jq -r '.debian.suites[0].suite' "$recipe/recipe.lock")

run_mmdebstrap() {
  TMPDIR=$work mmdebstrap --variant=custom --include="$names" "$suite" "$work/root.tar" \
    "deb [trusted=yes] copy:$work/archive ./"
}
run_bake() { "$hardtack" bake "$recipe" --store "$work/store"; }
# Runs a command, and notes its times under a name.
measure() {
  name=$1
  shift
  { time "$@" > "$work/log" 2>&1; } 2> "$work/time" || { cat "$work/log" >&2; exit 1; }
  awk '{ printf "%.2f %.2f\n", $1, $2 + $3 }' "$work/time" | tee -a "$work/$name.times" |
    awk -v name="$name" '{ printf "%-12s %7.2f s, %7.2f s of processor time\n", name, $1, $2 }'
}
median() { cut -d' ' -f"$2" "$work/$1.times" | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
ratio() { echo "$(median "$1" "$3") $(median "$2" "$3")" | awk '{ printf "%.2f", $1 / $2 }'; }

for round in $(seq "$rounds"); do
  rm -rf "$work/root.tar" "$work/store"
  measure mmdebstrap run_mmdebstrap
  cp -a "$work/artifacts" "$work/store"
  measure cold run_bake
  measure nothing run_bake
  echo "# round $round" >> "$recipe/app/logbook/views.py"
  measure view run_bake
  echo "/* round $round */" >> "$recipe/app/logbook/static/logbook/log.css"
  measure stylesheet run_bake
  echo "# round $round" >> "$recipe/files/hosts"
  measure file run_bake
done
echo "cold / mmdebstrap: $(ratio cold mmdebstrap 1); of processor time: $(ratio cold mmdebstrap 2)"
echo "medians: nothing changed $(median nothing 1) s, a view $(median view 1) s, a style sheet $(median stylesheet 1) s, a configuration file $(median file 1) s"
