#!/bin/bash
# Fetching into an empty store, hashed and on the disk, against curl on the same URLs in the same run.
#
# Usage: Benchmarks/fetch.sh [ROUNDS [PACKAGE...]]
#
# The URLs, sizes and digests are those that this machine's own apt would download. Prints the seconds
# of each round, then the ratio of the medians.
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-5}
shift || true
packages=("$@")
[ ${#packages[@]} -gt 0 ] || packages=(nginx-light rabbitmq-server python3 linux-image-cloud-amd64)

swift build -c release --product FetchBenchmark >&2
program=$PWD/.build/release/FetchBenchmark
work=$(mktemp -d -p .build)
trap 'rm -rf "$work"' EXIT

# With an empty dpkg database apt names everything that the packages need.
touch "$work/status"
apt-get -y --no-install-recommends -o Dir::State::status="$work/status" -o Acquire::ForceHash=SHA256 --print-uris install \
  "${packages[@]}" | sed -nE "s/^'([^']+)' [^ ]+ ([0-9]+) SHA256:([0-9a-f]{64})$/\1 \2 \3/p" >"$work/list"
awk '{ bytes += $2 } END { printf "%d files, %.1f MB\n", NR, bytes / 1e6 }' "$work/list"
awk '{ printf "url = \"%s\"\noutput = \"%d\"\n", $1, NR }' "$work/list" >"$work/curl.conf"

seconds() { local began=$EPOCHREALTIME; "$@" >&2; echo "$began $EPOCHREALTIME" | awk '{ printf "%.3f\n", $2 - $1 }'; }
run_curl() { (mkdir -p "$work/curl" && cd "$work/curl" && curl -sS --parallel --parallel-max 16 -K "$OLDPWD/$work/curl.conf"); }
run_fetch() { "$program" "$work/store" <"$work/list"; }
median() { sort -n "$1" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

for round in $(seq "$rounds"); do
  rm -rf "$work/curl" "$work/store"
  sync -f "$work"
  seconds run_curl | tee -a "$work/curl.times" | sed 's/^/curl   /'
  sync -f "$work"
  seconds run_fetch | tee -a "$work/fetch.times" | sed 's/^/fetch  /'
  seconds run_fetch | sed 's/^/again  /'
done
echo "fetch / curl: $(echo "$(median "$work/fetch.times") $(median "$work/curl.times")" | awk '{ printf "%.2f", $1 / $2 }')"
