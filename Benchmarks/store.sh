#!/bin/bash
# Looking after a store: counting and marking 100,000 blobs, and reading 2 GB again beside openssl on the same files.
#
# Usage: Benchmarks/store.sh [ROUNDS]
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-5}
program=$PWD/.build/release/hardtack
work=$(mktemp -d -p .build)
trap 'rm -rf "$work"' EXIT

median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
measure() { # prints seconds and kilobytes of each round
  for _ in $(seq "$rounds"); do command time -f '%e %M' "$@" 2>&1 >/dev/null | tail -1; done
}

python3 Benchmarks/store_of_blobs.py "$work/many" 100000 1000 200 200
for command in stats "gc --dry-run --keep 1000"; do
  # shellcheck disable=SC2086
  measure "$program" store $command --store "$work/many" --quiet >"$work/times"
  echo "100,000 blobs, $command: $(cut -d' ' -f1 "$work/times" | median) s, $(cut -d' ' -f2 "$work/times" | median) kB"
done
measure "$program" store verify --store "$work/many" --quiet --json >"$work/times" || true
echo "100,000 blobs, verify: $(cut -d' ' -f1 "$work/times" | median) s, $(cut -d' ' -f2 "$work/times" | median) kB"

python3 Benchmarks/store_of_blobs.py "$work/large" 200 10000000
openssl_all() { find "$work/large/blobs/sha256" -type f -print0 | xargs -0 -n 25 -P "$(nproc)" openssl dgst -sha256; }
openssl_all >/dev/null
for _ in $(seq "$rounds"); do
  began=$EPOCHREALTIME
  openssl_all >/dev/null
  middle=$EPOCHREALTIME
  "$program" store verify --store "$work/large" --quiet
  echo "$began $middle $EPOCHREALTIME" | awk '{ printf "openssl %.2f s, verify %.2f s\n", $2 - $1, $3 - $2
    printf "%.3f\n", ($2 - $1) / ($3 - $2) > "/dev/stderr" }' 2>>"$work/ratios"
done
echo "2 GB: throughput of verify / openssl: $(median <"$work/ratios")"
