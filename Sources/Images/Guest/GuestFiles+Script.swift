extension GuestFiles {
  /// The guest's end of both ports, in POSIX sh with what Debian's essential packages have.
  ///
  /// Every `systemctl` costs tenths of a second on an emulated processor: a healthy start takes two.
  static let script =
    #"""
    #!/bin/sh
    # Speaks with the host over two virtio ports: reports into hardtack.ready, one JSON object a line, and takes orders
    # from hardtack.control.
    #   guest report    each service and failed unit, then the system's state
    #   guest control   waits for orders: report, poweroff
    export LC_ALL=C

    # The device of the virtio port named $1 as $device.
    find_port() {
      for entry in /sys/class/virtio-ports/*; do
        [ -e "$entry/name" ] && read -r name <"$entry/name" && [ "$name" = "$1" ] || continue
        device=/dev/${entry##*/}
        return
      done
      printf "this machine has no virtio port '%s'\n" "$1" >&2
      exit 0
    }

    # A JSON string's inside: what needs an escape gets one, other control characters go.
    escape() { tr '\t' ' ' | tr -d '\001-\011\013-\037\177' | sed 's/\\/\\\\/g; s/"/\\"/g'; }

    # The blocks of `systemctl show` as objects, in one pass.
    units() {
      systemctl show --property=Id,LoadState,ActiveState,SubState,Result,ExecMainStatus,InactiveExitTimestampMonotonic,ActiveEnterTimestampMonotonic "$@" |
        escape | sed -n '
          /^$/ { x; s/^,//; s/.*/{"event":"unit",&}/p; s/.*//; x; d; }
          s/^\([A-Za-z]*\)=\(.*\)$/,"\1":"\2"/; H; x; s/\n//; x
          $ { x; s/^,//; s/.*/{"event":"unit",&}/p; }'
    }

    report() {
      find_port hardtack.ready
      {
        # The last jobs of the start may end a moment after the one that runs this.
        tries=0
        while :; do
          manager=$(systemctl show --property=SystemState,NFailedUnits)
          state=${manager##*SystemState=} failed=${manager##*NFailedUnits=}
          state=${state%%[!a-z]*} failed=${failed%%[!0-9]*}
          tries=$((tries + 1))
          [ "$1" = settled ] && [ "$state" = starting ] && [ $tries -lt 100 ] || break
          sleep 0.1
        done
        units --state=active,activating,deactivating,reloading,failed '*.service'
        [ "$failed" = 0 ] || failures
        read -r uptime idle </proc/uptime
        printf '{"event":"%s","state":"%s","uptime":%s}\n' "$1" "$state" "$uptime"
      } >"$device"
    }

    # The units that failed, each with the end of its journal.
    failures() {
      for unit in $(systemctl list-units --failed --plain --no-legend --full | sed 's/ .*//'); do
        case $unit in *.service) ;; *) units "$unit" ;; esac
        name=$(printf '%s' "$unit" | escape)
        journalctl --unit="$unit" --lines=20 --no-pager --output=cat | escape | while read -r line; do
          printf '{"event":"journal","unit":"%s","line":"%s"}\n' "$name" "$line"
        done
      done
    }

    control() {
      find_port hardtack.control
      while read -r order; do
        case $order in
        report) (report state) ;;
        poweroff) systemctl --no-block poweroff ;;
        esac
      done <"$device"
    }

    case $1 in
    report) report settled ;;
    control) control ;;
    esac

    """#
}
