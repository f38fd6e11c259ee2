#!/bin/bash
# One changed line in an application of 2,000 files, half of them Python modules, and nothing changed at all: baked to an image that
# boots, beside a layer built by buildah, which is no disk, a disk that mke2fs -d makes of that layer's tree, and mkosi's from its
# cache. As root.
#
# Usage: Benchmarks/rebake.sh [ROUNDS]
#
# All on a file system in memory, in turns. In "line" the recipe has no Python environment, so files are taken as they are, as buildah
# takes them (so does mkosi, whose disk has no boot loader and no kernel, which takes it less time); in "module" it has one, and the changed module is compiled too; "page" is there a page, which nothing compiles.
# Prints each round's seconds, then the medians and their ratios.
set -euo pipefail
cd "$(dirname "$0")/.."
. Benchmarks/measure.sh
rounds=${1:-5}
prepare

store=$work/store
for name in plain python; do
  recipe=$work/$name
  mkdir "$recipe"
  cat > "$recipe/recipe.yaml" <<YAML
name: $name
base: {distribution: debian, suite: bookworm, architecture: amd64}
packages: [systemd, systemd-sysv, udev, dbus, linux-image-cloud-amd64, python3]
application: {source: app, destination: /srv/app}
YAML
  [ $name = plain ] || echo 'python: {requirements: [django]}' >> "$recipe/recipe.yaml"
  python3 Benchmarks/application.py "$recipe/app" 2000
  for verb in lock fetch bake; do "$hardtack" $verb "$recipe" --store "$store" --quiet > "$work/log"; done
done

# The root tree as buildah's base image.
buildah=(buildah --root "$work/buildah" --runroot "$work/buildah-run" --storage-driver overlay)
"$hardtack" export plain --store "$store" --format tar --output "$work/root.tar" --quiet > "$work/log"
mkdir "$work/base"
tar --extract --file "$work/root.tar" --directory "$work/base" --exclude ./srv/app
rm "$work/root.tar"
printf 'FROM scratch\nCOPY base /\n' | "${buildah[@]}" build --quiet --tag base --file - "$work" > "$work/log"
printf 'FROM base\nCOPY app /srv/app\n' > "$work/Containerfile"

# Their package cache and cached tree are made by a first run.
mirror=$(apt-get indextargets --format '$(SITE)' | sort | uniq -c | sort -rn | awk 'NR == 1 { print $2 }')
mkdir -p "$work/mkosi/cache" "$work/mkosi/extra/srv"
cp -r "$work/plain/app" "$work/mkosi/extra/srv/app"
mkosi=(env --chdir "$work/mkosi" mkosi --distribution debian --release bookworm --mirror "$mirror" --format gpt_ext4
  --incremental --nspawn-keep-unit --cache cache --workspace-dir "$work/mkosi" --output disk
  --root-size 3G --package python3 --extra-tree extra --force build)
"${mkosi[@]}" > "$work/log" 2>&1

for round in $(seq "$rounds"); do
  module=$(printf 'app/part%04d/module%d.py' $((round * 3)) $((round * 120)))
  for folder in plain python mkosi/extra/srv; do echo "# round $round" >> "$work/$folder/$module"; done
  measure line "$hardtack" bake "$work/plain" --store "$store"
  measure nothing "$hardtack" bake "$work/plain" --store "$store"
  measure buildah "${buildah[@]}" build --quiet --layers --tag app --file "$work/Containerfile" "$work/plain"
  container=$("${buildah[@]}" from app)
  measure mke2fs mke2fs -q -t ext4 -d "$("${buildah[@]}" mount "$container")" "$work/disk" 3g
  "${buildah[@]}" rm "$container" > "$work/log"
  rm "$work/disk"
  measure mkosi "${mkosi[@]}"
  measure module "$hardtack" bake "$work/python" --store "$store"
  echo "<!-- round $round -->" >> "$work/python/app/part0001/page41.html"
  measure page "$hardtack" bake "$work/python" --store "$store"
done
for name in line module page; do
  echo "$name: $(median $name 1) s; / buildah: $(ratio $name 1 buildah); / buildah and mke2fs: $(ratio $name 1 buildah mke2fs); / mkosi: $(ratio $name 1 mkosi)"
done
echo "nothing changed: $(median nothing 1) s"
