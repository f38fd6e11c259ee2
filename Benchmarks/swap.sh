#!/bin/sh
# Twenty swaps under a hundred requests a second, half of them POSTs, and a kill -9 at every moment of a swap, once with
# `resume` and once with `abort`, with a real HAProxy, a real PostgreSQL and stand-ins for machines; and the swap's machine under
# ten thousand random schedules of faults and kills; and ten thousand Celery tasks across a swap of their workers. `make test` has a sample of each. Takes hours; run it on a quiet machine.
set -eu
cd "$(dirname "$0")/.."
swift build --build-tests
HARDTACK_SWAPS=whole swift test --skip-build --filter 'SwapRigTests|SwapSimulationTests|QueueSwapTests' 2>&1 | grep -E 'requests,|moments|tasks,|^[✔✘]'
