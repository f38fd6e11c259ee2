#!/bin/bash
# One changed line in an application of 2,000 files, half of them Python modules: baked again to an image that boots, and nothing
# changed at all; beside a layer built by buildah (which is no disk), that and a disk by mke2fs -d, and a disk by mkosi from its cache. As root.
#
# Usage: Benchmarks/rebake.sh [ROUNDS [ROUNDS OF MKOSI]]
#
# All on a file system in memory, in turns. buildah and mke2fs get the same tree that was baked, and leave the modules as they are;
# a bake compiles them too. Prints each round's seconds, then the medians and their ratios.
set -euo pipefail
cd "$(dirname "$0")/.."
. Benchmarks/measure.sh
rounds=${1:-5}
mkosi_rounds=${2:-2}
prepare

recipe=$work/recipe
mkdir "$recipe"
cat > "$recipe/recipe.yaml" <<'YAML'
name: many
base: {distribution: debian, suite: bookworm, architecture: amd64}
packages: [systemd, systemd-sysv, udev, dbus, linux-image-cloud-amd64, python3]
python: {requirements: [django]}
application: {source: app, destination: /srv/app}
YAML
python3 Benchmarks/application.py "$recipe/app" 2000
store=$work/store
for verb in lock fetch bake; do "$hardtack" "$verb" "$recipe" --store "$store" --quiet >&2; done

run_bake() { "$hardtack" bake "$recipe" --store "$store"; }

# The same root tree without the application as buildah's base image.
buildah=(buildah --root "$work/buildah" --runroot "$work/buildah-run" --storage-driver overlay)
"$hardtack" export many --store "$store" --format tar --output "$work/root.tar" --quiet >&2
mkdir "$work/base"
tar --extract --file "$work/root.tar" --directory "$work/base" --exclude ./srv/app
rm "$work/root.tar"
printf 'FROM scratch\nCOPY base /\n' | "${buildah[@]}" build --quiet --tag base --file - "$work" >&2
printf 'FROM base\nCOPY app /srv/app\n' > "$work/Containerfile"

container=$("${buildah[@]}" from base)

for round in $(seq "$rounds"); do
  module=$(printf '%s/app/part%04d/module%d.py' "$recipe" $((round * 3)) $((round * 120)))
  echo "# round $round" >> "$module"
  measure bake "$hardtack" bake "$recipe" --store "$store"
  measure nothing "$hardtack" bake "$recipe" --store "$store"
  measure buildah "${buildah[@]}" build --quiet --layers --tag app --file "$work/Containerfile" "$recipe"
  container=$("${buildah[@]}" from app)
  tree=$("${buildah[@]}" mount "$container")
  measure mke2fs mke2fs -q -F -t ext4 -d "$tree" "$work/disk" 3g
  "${buildah[@]}" rm "$container" > "$work/log"
  rm "$work/disk"
done
