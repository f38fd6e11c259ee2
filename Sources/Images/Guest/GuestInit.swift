/// What the initrd runs, and what it needs.
package enum GuestInit {
  /// The kernel modules that the initrd must hold with all they depend on, in this order; those that the kernel has built
  /// in are left out. `/modules.order` lists their paths in the order to load them, one a line.
  package static let modules = [
    "virtio_pci", "virtio_blk", "virtio_console", "virtio_net", "virtio-rng", "qemu_fw_cfg", "erofs",
    "overlay",
    "ext4",
  ]

  /// The kernel's command line for every image; a host adds what only it knows. The names of interfaces are the
  /// kernel's own, so that the initrd may set the address; a panic ends the machine, so that the host sees it.
  package static let commandLine = "console=ttyS0 quiet panic=-1 net.ifnames=0"

  /// The text of `/init`, mode 0755. It needs a static busybox at `/bin/busybox` and the node `/dev/console`, finds its
  /// disks by their serials `index`, `layer0` and up, and `state`, and takes from the kernel's command line
  /// `hardtack.layers=COUNT` and `hardtack.address=ADDRESS/BITS`.
  package static let script =
    #"""
    #!/bin/busybox sh
    # Mounts an image's root tree and hands over to its init. Run by the kernel from the initrd, which holds a static
    # busybox, the modules, and /modules.order with their paths in the order to load them.
    b=/bin/busybox

    report() {
      $b echo "hardtack: $1" >/dev/console
      for port in /sys/class/virtio-ports/*; do
        [ -e "$port/name" ] && [ "$($b cat "$port/name")" = hardtack.ready ] || continue
        $b echo "{\"event\":\"$2\",\"message\":\"$1\"}" >"/dev/${port##*/}"
      done
    }

    die() {
      report "error: $1" failed
      $b sync
      $b poweroff -f
      # Where the machine has no power switch, the kernel's panic ends it.
      exit 1
    }

    $b mkdir -p /proc /sys /dev /lower /upper /root
    $b mount -t proc proc /proc
    $b mount -t sysfs sysfs /sys
    $b mount -t devtmpfs devtmpfs /dev 2>/dev/null

    while read -r module; do
      $b insmod "$module" || die "cannot load the module '$module'"
    done </modules.order

    layers=0 address=
    for word in $($b cat /proc/cmdline); do
      case $word in
      hardtack.layers=*) layers=${word#*=} ;;
      hardtack.address=*) address=${word#*=} ;;
      esac
    done

    # The disk with serial $1 as $disk, waited for while the kernel may still be looking.
    find_disk() {
      tries=0
      while :; do
        for entry in /sys/block/*; do
          [ -e "$entry/serial" ] && [ "$($b cat "$entry/serial")" = "$1" ] || continue
          disk=/dev/${entry##*/}
          return
        done
        tries=$((tries + 1))
        [ $tries -lt 50 ] || die "there is no disk '$1'"
        $b sleep 0.1
      done
    }

    options=ro layer=0
    while [ $layer -lt "$layers" ]; do
      find_disk "layer$layer"
      options=$options,device=$disk
      layer=$((layer + 1))
    done
    find_disk index
    $b mount -t erofs -o "$options" "$disk" /lower || die "cannot mount the index with $layers layers"
    $b mount -t tmpfs -o mode=0755 tmpfs /upper || die "cannot mount the upper file system"
    $b mkdir /upper/data /upper/work
    # The root folder's own permissions come from the upper one.
    $b chmod 0755 /upper/data
    $b mount -t overlay -o lowerdir=/lower,upperdir=/upper/data,workdir=/upper/work overlay /root ||
      die "cannot mount the root tree"
    [ -e /root/sbin/init ] || [ -L /root/sbin/init ] || die "the image has no /sbin/init"

    # As systemd would mount it; it leaves a /run that stands.
    $b mount -t tmpfs -o mode=0755,nosuid,nodev,size=20% tmpfs /root/run || die "cannot mount /run"

    # Each state path is filled from the image once, under another name until it's whole.
    if [ -s /root/usr/lib/hardtack/state ]; then
      find_disk state
      $b mkdir -p /root/run/hardtack/state
      $b mount -t ext4 -o noatime "$disk" /root/run/hardtack/state || die "cannot mount the disk 'state'"
      while read -r path; do
        case $path in
        /*) ;;
        *) continue ;;
        esac
        kept=/run/hardtack/state$path
        if [ ! -d "/root$kept" ]; then
          fresh=/run/hardtack/state/.fresh
          $b rm -rf "/root$fresh"
          $b mkdir -p "/root${kept%/*}" "/root$path"
          $b chroot /root /bin/cp -a "$path" "$fresh" || die "cannot fill the state path '$path'"
          $b sync
          $b mv "/root$fresh" "/root$kept" || die "cannot fill the state path '$path'"
        fi
        $b mkdir -p "/root$path"
        $b mount -o bind "/root$kept" "/root$path" || die "cannot mount the state path '$path'"
      done </root/usr/lib/hardtack/state
    fi

    if [ -n "$address" ]; then
      for entry in /sys/class/net/*; do
        [ "${entry##*/}" != lo ] || continue
        $b ip address add "$address" dev "${entry##*/}" && $b ip link set "${entry##*/}" up ||
          die "cannot set the address $address"
        break
      done
    fi

    report "root tree mounted" mounted
    $b mount -o move /proc /root/proc
    $b mount -o move /sys /root/sys
    $b mount -o move /dev /root/dev
    exec $b switch_root /root /sbin/init
    die "cannot start /sbin/init"

    """#
}
