"""Sends hostile requests to a local network: right status, no crash, bounded memory.

Each is a valid request with something changed (`tests/unit/network/hostile.py`), sent through the
whole application but for the socket.  Run it as `tools/fuzz_network`.  A request depends on its
batch's seed alone, but for the time in it.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Final

from tests.unit.network.hostile import HostileRequests, check
from tests.unit.network.scene import MINUTE_NS, Scene, counter_module
from tools.network_load import memory_mb

BATCH: Final = 1000
GROWN_MB_MAX: Final = 100
"""What the process may grow by after the first batch: statuses are kept for minutes."""


def main() -> int:
    """Send them, and tell; 0 if all was as it should be."""
    parser = argparse.ArgumentParser(description="Send hostile requests to a local network.")
    parser.add_argument("--requests", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    statuses: Counter[int] = Counter()
    started = time.perf_counter()
    first_mb = 0.0
    with tempfile.TemporaryDirectory() as folder, Scene.start(Path(folder) / "state") as scene:
        canister_id = scene.install(counter_module())
        for batch in range(-(-options.requests // BATCH)):
            requests = HostileRequests(scene, canister_id, options.seed + batch)
            statuses.update(check(scene, requests.next()).status for _ in range(BATCH))
            assert scene.call(canister_id, "add")["status"] == b"replied"
            scene.clock.now_ns += MINUTE_NS
            first_mb = first_mb or memory_mb("self")
            print(f"  {(batch + 1) * BATCH:,} requests, {memory_mb('self'):.0f} MB", flush=True)
        grown_mb = memory_mb("self") - first_mb
    seconds = time.perf_counter() - started
    for status, count in sorted(statuses.items()):
        print(f"HTTP {status}   {count:,}")
    print(f"{statuses.total():,} requests in {seconds:.0f} s, {grown_mb:.0f} MB grown")
    return 0 if grown_mb <= GROWN_MB_MAX else 1


if __name__ == "__main__":
    raise SystemExit(main())
