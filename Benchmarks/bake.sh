#!/bin/bash
# Baking recipes/logic against mmdebstrap, which makes a tar of the same packages from an archive on this machine; and
# baking again after a change. Then Benchmarks/rebake.sh. As root.
#
# Usage: Benchmarks/bake.sh [ROUNDS]
#
# Both work on a file system in memory, in turns, so neither waits for a disk. mmdebstrap makes the operating system's tree only; a bake
# also installs the wheels, builds the application, runs the recipe's checks and writes index, kernel and initrd.
# Prints each round's seconds, elapsed and of processor time, then the ratios of the medians.
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-3}
. Benchmarks/measure.sh
prepare

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

for round in $(seq "$rounds"); do
  rm -rf "$work/root.tar" "$work/store"
  TMPDIR=$work measure mmdebstrap mmdebstrap --variant=custom --include="$names" "$suite" "$work/root.tar" \
    "deb [trusted=yes] copy:$work/archive ./"
  cp -a "$work/artifacts" "$work/store"
  measure cold "$hardtack" bake "$recipe" --store "$work/store"
  measure nothing "$hardtack" bake "$recipe" --store "$work/store"
  echo "# round $round" >> "$recipe/app/logbook/views.py"
  measure view "$hardtack" bake "$recipe" --store "$work/store"
  echo "/* round $round */" >> "$recipe/app/logbook/static/logbook/log.css"
  measure stylesheet "$hardtack" bake "$recipe" --store "$work/store"
  echo "# round $round" >> "$recipe/files/hosts"
  measure file "$hardtack" bake "$recipe" --store "$work/store"
done
echo "cold / mmdebstrap: $(ratio cold 1 mmdebstrap); of processor time: $(ratio cold 2 mmdebstrap)"
echo "medians: nothing changed $(median nothing 1) s, a view $(median view 1) s, a style sheet $(median stylesheet 1) s, a configuration file $(median file 1) s"
Benchmarks/rebake.sh "$rounds"
