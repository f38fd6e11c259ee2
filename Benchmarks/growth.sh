#!/bin/bash
# How a cold bake grows with the number of packages, and with the files of an application: seconds of processor time and peak memory of
# the program, as lines of comma-separated values. As root, half an hour and 20 GB of memory.
#
# Usage: Benchmarks/growth.sh > docs/growth.csv, then Benchmarks/growth_plot.py docs/growth.csv > docs/growth.svg
# For one of the two: PACKAGES="800 2000" FILES= Benchmarks/growth.sh
#
# The packages are Perl's libraries that need nothing else, the smallest first, until the lockfile has about as many as wanted: small
# ones, so that what counts is their number. All on a file system in memory.
set -euo pipefail
cd "$(dirname "$0")/.."
. Benchmarks/measure.sh
prepare >&2

system="systemd, systemd-sysv, udev, dbus, linux-image-cloud-amd64"
mapfile -t libraries < <(apt-cache dumpavail | awk '
  /^Package: / { name = $2; fits = 0 }
  /^Depends: / {
    fits = name ~ /^lib.*-perl$/
    gsub(/\([^)]*\)|:any|,|\|/, " ")
    for (i = 2; i <= NF; i++) if ($i !~ /^(perl|perl-base|perlapi-.*|libc6|lib.*-perl)$/) fits = 0
  }
  /^Size: / && fits { print $2, name }' | sort -n | awk '!seen[$2]++ { print $2 }')

# Bakes a recipe from nothing but its artifacts and prints a line: KIND, how many, seconds of processor time, megabytes.
row() {
  local kind=$1 count=$2 recipe=$3
  rm -rf "$work/store"
  "$hardtack" fetch "$recipe" --store "$work/store" --quiet > "$work/log"
  rm -f "$work/cold.times"
  measure cold "$hardtack" bake "$recipe" --store "$work/store" >&2
  awk -v kind="$kind" -v count="$count" '{ printf "%s,%d,%.2f,%d\n", kind, count, $2, $3 / 1024 }' "$work/cold.times"
}

echo "kind,count,processor,megabytes"
for wanted in ${PACKAGES-60 200 800 2000}; do
  recipe=$work/packages
  requested=$((wanted > 100 ? wanted - 100 : 0))
  for try in 1 2 3; do
    rm -rf "$recipe"
    mkdir "$recipe"
    list=$(printf ', %s' "${libraries[@]:0:requested}")
    [ "$requested" -gt 0 ] || list=
    echo "{name: packages, base: {distribution: debian, suite: bookworm, architecture: amd64, variant: essential}, packages: [$system$list]}" \
      > "$recipe/recipe.yaml"
    "$hardtack" lock "$recipe" --store "$work/store" --quiet > "$work/log"
    count=$(jq '.debian.packages | length' "$recipe/recipe.lock")
    requested=$((requested * wanted / count))
    [ "$requested" -gt 0 ] && [ $((count > wanted ? count - wanted : wanted - count)) -gt $((wanted / 20)) ] || break
  done
  row packages "$count" "$recipe"
done
for count in ${FILES-1000 5000 20000 100000 500000}; do
  recipe=$work/files
  rm -rf "$recipe" "$work/store"
  mkdir "$recipe"
  cat > "$recipe/recipe.yaml" <<YAML
name: files
base: {distribution: debian, suite: bookworm, architecture: amd64, variant: essential}
packages: [$system]
application: {source: app, destination: /srv/app}
YAML
  python3 Benchmarks/application.py "$recipe/app" "$count"
  "$hardtack" lock "$recipe" --store "$work/store" --quiet > "$work/log"
  row files "$count" "$recipe"
done
