#!/bin/sh
# Twenty swaps with each strategy under a hundred requests a second, half of them POSTs, and a kill -9 at every moment of a swap,
# once with `resume` and once with `abort`, with a real HAProxy, a real PostgreSQL and stand-ins for machines; the swap's machine
# under ten thousand random schedules of faults and kills; and ten thousand Celery tasks across a swap of their workers. `make
# test` has a sample of each. Takes an hour; run it on a quiet machine.
set -eu
cd "$(dirname "$0")/.."
swift build -c release --product hardtack
.build/release/hardtack swap rehearse --swaps 20 --rate 100
.build/release/hardtack swap rehearse --kill-points
swift build --build-tests
HARDTACK_SWAPS=whole swift test --skip-build --filter 'SwapSimulationTests|QueueSwapTests' 2>&1 | grep -E 'tasks,|^[✔✘]'
