extension GuestFiles {
  /// What the machine starts: everything that multi-user.target wants, and then the report.
  static let target =
    #"""
    [Unit]
    Description=Everything of the image
    Documentation=man:hardtack(1)
    Requires=multi-user.target
    Wants=hardtack-ready.service
    After=multi-user.target hardtack-ready.service
    Conflicts=rescue.service rescue.target
    AllowIsolate=yes

    """#

  /// Ordered behind multi-user.target, which therefore can't want it itself; its job ends as soon as it runs, so
  /// waiting for the end of the start inside of it is no deadlock.
  static let readyService =
    #"""
    [Unit]
    Description=Report to the host that the image is up
    # Started last and ended as a job at once, so the start of the system doesn't wait for its report on itself.
    After=multi-user.target

    [Service]
    Type=simple
    ExecStart=/usr/lib/hardtack/guest report

    """#

  /// Runs from early on, so that a start that hangs can be asked about and stopped. There's no logind to see the power
  /// button without D-Bus, which minimal images lack.
  static let controlService =
    #"""
    [Unit]
    Description=Take orders from the host
    DefaultDependencies=no
    After=systemd-journald.socket
    Conflicts=shutdown.target
    Before=shutdown.target

    [Service]
    Type=simple
    ExecStart=/usr/lib/hardtack/guest control
    Restart=on-failure

    """#

  /// A root shell without a password. Whoever reaches the console's socket owns the QEMU process and so the machine's
  /// memory: a password would protect nothing.
  static let consoleService =
    #"""
    [Unit]
    Description=Shell for 'hardtack console'
    ConditionPathExists=/dev/hvc0

    [Service]
    Type=simple
    ExecStart=-/bin/bash -l
    WorkingDirectory=~
    User=root
    Environment=TERM=xterm-256color
    StandardInput=tty-force
    StandardOutput=tty
    StandardError=tty
    TTYPath=/dev/hvc0
    TTYReset=yes
    Restart=always
    RestartSec=0
    IgnoreSIGPIPE=no
    SendSIGHUP=yes
    KillMode=process

    """#

  /// The journal lives in memory, and what is said in it also goes to the host's log of the console.
  static let journal =
    #"""
    [Journal]
    Storage=volatile
    RuntimeMaxUse=32M
    ForwardToConsole=yes
    TTYPath=/dev/hvc1
    MaxLevelConsole=info

    """#

  /// On an emulated processor announcing every device, and loading a driver for each, takes seconds.
  static let deviceTrigger =
    #"""
    # Drivers come from the initrd: only devices that units may wait for are announced again.
    [Service]
    ExecStart=
    ExecStart=-/bin/udevadm trigger --type=devices --action=add --prioritized-subsystem=block --subsystem-match=block --subsystem-match=net --subsystem-match=tty --subsystem-match=virtio-ports --subsystem-match=mem --subsystem-match=misc

    """#
}
