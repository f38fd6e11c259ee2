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

  /// What comes before the reason in the line of the console that says why the machine can't start.
  package static let complaint = "hardtack: error: "

  /// The text of `/init`, mode 0755. It needs a static busybox at `/bin/busybox` and the node `/dev/console`, finds its
  /// disks by their serials `index`, `layer0` and up, and `state`, and takes from the kernel's command line
  /// `hardtack.layers=COUNT` and `hardtack.address=ADDRESS/BITS`.
  package static let script = beginning + disks + joining + state + address + ending

  static let beginning =
    #"""
    #!/bin/busybox sh
    # Mounts an image's root tree and hands over to its init. Run by the kernel from the initrd, which holds a static
    # busybox, the modules, and /modules.order with their paths in the order to load them.
    b=/bin/busybox

    # Says $2 to the host, as the event $1, and on the console behind $3.
    report() {
      # What JSON would want escaped goes.
      text=$($b echo "$2" | $b tr -d '\000-\037"\\')
      $b echo "hardtack: $3$text" >/dev/console
      for port in /sys/class/virtio-ports/*; do
        [ -e "$port/name" ] && [ "$($b cat "$port/name")" = hardtack.ready ] || continue
        $b echo "{\"event\":\"$1\",\"message\":\"$text\"}" >"/dev/${port##*/}"
      done
    }

    # Ends the machine, for the reason $1.
    die() {
      report failed "$1" "error: "
      $b sync
      $b poweroff -f
      # Where the machine has no power switch, the kernel's panic ends it.
      exit 1
    }

    $b mkdir -p /proc /sys /dev /lower /upper /root
    $b mount -t proc proc /proc
    $b mount -t sysfs sysfs /sys
    $b mount -t devtmpfs devtmpfs /dev 2>/dev/null

    # What others only wish for comes first, and not every processor takes it.
    [ ! -e /modules.optional ] || while read -r module; do
      $b insmod "$module" 2>/dev/null
    done </modules.optional
    while read -r module; do
      said=$($b insmod "$module" 2>&1) || die "cannot load the module '$module' ($said); bake the image anew"
    done </modules.order


    """#

  private static let disks =
    #"""
    layers= address=
    for word in $($b cat /proc/cmdline); do
      case $word in
      hardtack.layers=*) layers=${word#*=} ;;
      hardtack.address=*) address=${word#*=} ;;
      hardtack.*) die "unknown argument '$word'; bake the image anew with the hardtack that boots it" ;;
      esac
    done
    case $layers in
    '' | *[!0-9]*) die "the kernel's command line has no hardtack.layers=COUNT" ;;
    esac

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
        [ $tries -lt 50 ] || break
        $b sleep 0.1
      done
      known=
      for entry in /sys/block/*/serial; do [ ! -e "$entry" ] || known="$known '$($b cat "$entry")'"; done
      die "there is no disk '$1' among${known:- none}"
    }

    options=ro layer=0
    while [ $layer -lt "$layers" ]; do
      find_disk "layer$layer"
      options=$options,device=$disk
      layer=$((layer + 1))
    done
    find_disk index
    said=$($b mount -t erofs -o "$options" "$disk" /lower 2>&1) ||
      die "cannot mount the index with $layers layers ($said); run 'hardtack store verify'"

    """#

  static let joining =
    #"""
    $b mount -t tmpfs -o mode=0755 tmpfs /upper || die "cannot mount the upper file system"
    $b mkdir /upper/data /upper/work
    # The root folder's own permissions come from the upper one.
    $b chmod 0755 /upper/data
    $b mount -t overlay -o lowerdir=/lower,upperdir=/upper/data,workdir=/upper/work overlay /root ||
      die "cannot mount the root tree"
    [ -e /root/sbin/init ] || [ -L /root/sbin/init ] || die "the image has no /sbin/init"

    # As systemd would mount it; it leaves a /run that stands.
    $b mount -t tmpfs -o mode=0755,nosuid,nodev,size=20% tmpfs /root/run || die "cannot mount /run"


    """#

  static let state =
    #"""
    # Each state path is filled from the image once, under another name until it's whole.
    if [ -s /root/usr/lib/hardtack/state ]; then
      find_disk state
      $b mkdir -p /root/run/hardtack/state
      said=$($b mount -t ext4 -o noatime "$disk" /root/run/hardtack/state 2>&1) ||
        die "cannot mount the disk 'state' ($said); run e2fsck on the instance's state.img"
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
          said=$($b chroot /root /bin/cp -a "$path" "$fresh" 2>&1) ||
            die "cannot fill the state path '$path' ($said); boot with a larger --state-size"
          $b sync
          $b mv "/root$fresh" "/root$kept" || die "cannot name the state path '$path'"
        fi
        $b mkdir -p "/root$path"
        $b mount -o bind "/root$kept" "/root$path" || die "cannot mount the state path '$path'"
      done </root/usr/lib/hardtack/state
    fi


    """#

  private static let address =
    #"""
    if [ -n "$address" ]; then
      for entry in /sys/class/net/*; do
        [ "${entry##*/}" != lo ] || continue
        $b ip address add "$address" dev "${entry##*/}" && $b ip link set "${entry##*/}" up ||
          die "cannot set the address $address"
        break
      done
    fi


    """#

  static let ending =
    #"""
    report mounted "root tree mounted"
    $b mount -o move /proc /root/proc
    $b mount -o move /sys /root/sys
    $b mount -o move /dev /root/dev
    exec $b switch_root /root /sbin/init
    die "cannot start /sbin/init"

    """#
}
