extension GuestFiles {
  /// The units that an image of this kind has no use for: what looks after a machine that lives for years, what needs a
  /// network that isn't there, and what a virtual machine without screen, firmware variables or disks to find does in vain.
  ///
  /// The clock is the host's, read at the start. Users and catalogues are made when the image is baked.
  static let masked = [
    // Upkeep by timers.
    "apt-daily.service", "apt-daily.timer", "apt-daily-upgrade.service", "apt-daily-upgrade.timer",
    "dpkg-db-backup.timer", "e2scrub_all.timer", "e2scrub_reap.service", "exim4-base.timer", "fstrim.timer",
    "man-db.timer", "systemd-tmpfiles-clean.timer",
    // Logins: the console has a shell of its own, see hardtack-console.service.
    "console-getty.service", "getty-static.service", "getty@.service", "serial-getty@.service",
    "systemd-ask-password-console.path", "systemd-ask-password-wall.path",
    "systemd-update-utmp-runlevel.service", "systemd-update-utmp.service",
    // Network and clock.
    "ifupdown-wait-online.service", "networking.service", "systemd-network-generator.service",
    "systemd-networkd-wait-online.service", "systemd-timesyncd.service",
    // What the bake has done, or must not be done again.
    "ldconfig.service", "systemd-firstboot.service", "systemd-hwdb-update.service",
    "systemd-journal-catalog-update.service", "systemd-machine-id-commit.service", "systemd-sysusers.service",
    "systemd-update-done.service",
    // Hardware, and file systems for debugging.
    "dev-hugepages.mount", "modprobe@configfs.service", "modprobe@dm_mod.service", "modprobe@drm.service",
    "modprobe@efi_pstore.service", "modprobe@fuse.service", "modprobe@loop.service",
    "proc-sys-fs-binfmt_misc.automount", "sys-fs-fuse-connections.mount", "sys-kernel-config.mount",
    "sys-kernel-debug.mount", "sys-kernel-tracing.mount", "systemd-binfmt.service",
    "systemd-boot-system-token.service", "systemd-journal-flush.service", "systemd-pstore.service",
    "systemd-random-seed.service", "systemd-remount-fs.service",
  ]

  /// The generators that have nothing to find: each is a process that every start would wait for.
  static let maskedGenerators = [
    "systemd-bless-boot-generator", "systemd-cryptsetup-generator", "systemd-getty-generator",
    "systemd-gpt-auto-generator", "systemd-hibernate-resume-generator", "systemd-integritysetup-generator",
    "systemd-rc-local-generator", "systemd-run-generator", "systemd-system-update-generator",
    "systemd-veritysetup-generator",
  ]
}
