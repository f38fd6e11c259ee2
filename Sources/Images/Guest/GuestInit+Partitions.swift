extension GuestInit {
  /// What an initrd for a machine with one disk holds beside ``modules``, where the kernel has it: the drivers of disks that
  /// such machines have, and dm-verity. `/modules.drivers` lists their paths in the order to load them, one a line.
  package static let partitionModules = [
    "virtio_scsi", "sd_mod", "ahci", "ata_piix", "nvme", "hv_storvsc", "xen_blkfront", "dm_mod",
    "sha256_ssse3",
    "dm_verity",
  ]

  /// Where the program that sets up dm-verity is in the initrd.
  package static let verityProgram = "sbin/dmsetup"

  /// The text of `/init` for a machine that has index and layers in one partition: it takes from the kernel's command line
  /// `hardtack.partition=NAME`, the partition's name in its GPT, and `hardtack.verity=BLOCKS:ROOT:SALT`, how many blocks of
  /// 4,096 bytes there are and the two in hexadecimal digits; then the partition `NAME-verity` holds the hashes, behind a
  /// superblock's block.
  package static let partitionScript = beginning + partitions + joining + partitionState + ending

  private static let partitions =
    #"""
    # Of drivers, those load whose hardware is there.
    while read -r module; do
      $b insmod "$module" 2>/dev/null
    done </modules.drivers

    name= verity=
    for word in $($b cat /proc/cmdline); do
      case $word in
      hardtack.partition=*) name=${word#*=} ;;
      hardtack.verity=*) verity=${word#*=} ;;
      hardtack.*) die "unknown argument '$word'; export the image anew" ;;
      esac
    done
    [ -n "$name" ] || die "the kernel's command line has no hardtack.partition=NAME"

    # The partition $1 as $disk, waited for so many tenths of a second as $2 says while the kernel may still be looking.
    find_partition() {
      tries=0
      while :; do
        for entry in /sys/class/block/*; do
          $b grep -qxF "PARTNAME=$1" "$entry/uevent" 2>/dev/null || continue
          disk=/dev/${entry##*/}
          return
        done
        tries=$((tries + 1))
        [ $tries -lt "$2" ] || return 1
        $b sleep 0.1
      done
    }

    find_partition "$name" 100 || die "there is no partition '$name'"
    root=$disk
    if [ -n "$verity" ]; then
      find_partition "$name-verity" 50 || die "there is no partition '$name-verity'"
      blocks=${verity%%:*} hashes=${verity#*:}
      table="0 $((blocks * 8)) verity 1 $root $disk 4096 4096 $blocks 1 sha256 ${hashes%%:*} ${hashes#*:}"
      said=$(/sbin/dmsetup create root --readonly --noudevsync --noudevrules --table "$table" 2>&1) ||
        die "cannot set up dm-verity ($said)"
      root=/dev/dm-0
    fi
    said=$($b mount -t erofs -o ro "$root" /lower 2>&1) || die "cannot mount the partition '$name' ($said)"

    """#

  private static let partitionState =
    #"""
    if [ -s /root/usr/lib/hardtack/state ]; then
      if find_partition hardtack-state 1; then
        find_disk() { :; }
      else
        report mounted "no partition 'hardtack-state': what should outlive the machine is in its memory"
        : >/root/usr/lib/hardtack/state
      fi
    fi

    """# + state
}
