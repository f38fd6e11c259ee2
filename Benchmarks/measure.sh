# What the comparisons of bakes share: a work folder in memory, measured commands, medians and ratios. To be sourced.

# Makes the folder $work, a file system in memory, so that nobody waits for a disk; it goes when the script ends.
prepare() {
  hardtack=$PWD/.build/release/hardtack
  work=$PWD/.build/bench
  mkdir -p "$work"
  while mountpoint -q "$work"; do umount -R "$work"; done
  mount -t tmpfs -o size=14g tmpfs "$work"
  trap 'umount -R "$work" 2> /dev/null || true' EXIT
}
# Runs a command, and notes under a name its seconds, elapsed and of processor time, and the peak of memory in kB.
measure() {
  local name=$1
  shift
  local began=$EPOCHREALTIME
  command time -q -o "$work/time" -f '%U %S %M' "$@" > "$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
  echo "$EPOCHREALTIME $began $(cat "$work/time")" | awk '{ printf "%.3f %.2f %d\n", $1 - $2, $3 + $4, $5 }' |
    tee -a "$work/$name.times" |
    awk -v name="$name" '{ printf "%-12s %8.3f s, %7.2f s of processor time, %4d MB\n", name, $1, $2, $3 / 1024 }'
}
median() { cut -d' ' -f"$2" "$work/$1.times" | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
# ratio NAME COLUMN OTHER...: a median beside the sum of others.
ratio() {
  local name=$1 column=$2
  shift 2
  for other in "$@"; do median "$other" "$column"; done |
    awk -v own="$(median "$name" "$column")" '{ sum += $1 } END { printf "%.3f", own / sum }'
}
