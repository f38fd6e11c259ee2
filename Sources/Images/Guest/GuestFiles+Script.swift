extension GuestFiles {
  /// The guest's end of both ports, in POSIX sh with what Debian's essential packages have.
  ///
  /// Every `systemctl` costs tenths of a second on an emulated processor: a healthy start takes two.
  package static let script =
    #"""
    #!/bin/sh
    # Speaks with the host over two virtio ports: reports into hardtack.ready, one JSON object a line, and takes orders
    # from hardtack.control.
    #   guest report    each service and failed unit, then the system's state
    #   guest control   waits for orders: report, poweroff, start ID UNIT, stop ID UNIT
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

    # Writes the lines $1 into hardtack.ready. One process at a time can have the port open, so it's held for the write alone.
    say() {
      find_port hardtack.ready
      tries=0
      until { printf '%s\n' "$1" >"$device"; } 2>/dev/null; do
        tries=$((tries + 1))
        [ $tries -lt 600 ] || return 1
        sleep 0.1
      done
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
      say "$(
        units --state=active,activating,deactivating,reloading,failed '*.service'
        [ "$failed" = 0 ] || failures
        read -r uptime idle </proc/uptime
        printf '{"event":"%s","state":"%s","uptime":%s}\n' "$1" "$state" "$uptime"
      )"
    }

    # The units that failed, each with the end of its journal.
    failures() {
      for unit in $(systemctl list-units --failed --plain --no-legend --full | sed 's/ .*//'); do
        case $unit in *.service) ;; *) units "$unit" ;; esac
        journal "$unit" '"event":"journal","unit":"'"$(printf '%s' "$unit" | escape)"'"'
      done
    }

    # The end of the journal of the unit $1, an object a line, each with the members $2.
    journal() { journalctl --unit="$1" --lines=20 --no-pager --output=cat | objects "$2"; }

    # Each line as an object with the members $1.
    objects() {
      escape | while IFS= read -r line; do
        printf '{%s,"line":"%s"}\n' "$1" "$line"
      done
    }

    # Answers the order $1: its result is $2, and what there is to say of it $3.
    answer() { say '{"event":"done","order":"'"$1"'","result":"'"$2"'","message":"'"$(printf '%s' "$3" | escape)"'"}'; }

    # Whether the image lets the unit $1 be ordered.
    is_listed() {
      [ -e /usr/lib/hardtack/orders ] || return 1
      while read -r listed; do [ "$listed" != "$1" ] || return 0; done </usr/lib/hardtack/orders
      return 1
    }

    # Takes the order $2 to do $1 (start, stop) to the unit $3, and goes on listening while it's carried out. One at a
    # time, but for the stop of what is being started.
    take() {
      case $2 in '' | *[!0-9a-f]*) return ;; esac
      if ! is_listed "$3"; then
        answer "$2" refused "the image doesn't list this unit for orders"
        return
      fi
      current=
      [ ! -e "$at_work" ] || read -r current <"$at_work"
      if [ -n "$current" ] && [ "$1 $current" != "stop start $3" ]; then
        answer "$2" busy "another order is carried out: $current"
        return
      fi
      [ -n "$current" ] || printf '%s %s\n' "$1" "$3" >"$at_work"
      say '{"event":"taken","order":"'"$2"'"}'
      carry_out "$1" "$2" "$3" "$current" &
    }

    # A success costs one systemctl alone. The answer comes last: who has it may give the next order.
    carry_out() {
      if said=$(systemctl "$1" "$3" 2>&1); then
        [ -n "$4" ] || rm -f "$at_work"
        answer "$2" success ''
        return
      fi
      state=$(systemctl show --property=ActiveState,Result,ExecMainStatus "$3")
      result=${state##*Result=} status=${state##*ExecMainStatus=} state=${state##*ActiveState=}
      result=${result%%[!a-z-]*} status=${status%%[!0-9]*} state=${state%%[!a-z]*}
      journalctl --sync
      members='"event":"said","order":"'"$2"'"'
      say "$(
        printf '%s\n' "$said" | objects "$members"
        journal "$3" "$members"
      )"
      [ -n "$4" ] || rm -f "$at_work"
      answer "$2" failed "$result, exit code $status, now $state"
    }

    control() {
      at_work=/run/hardtack/order
      mkdir -p /run/hardtack
      rm -f "$at_work"
      find_port hardtack.control
      while read -r verb order unit rest; do
        case $verb in
        report) (report state) ;;
        poweroff) systemctl --no-block poweroff ;;
        start | stop) take "$verb" "$order" "$unit" ;;
        esac
      done <"$device"
    }

    case $1 in
    report) report settled ;;
    control) control ;;
    esac

    """#
}
