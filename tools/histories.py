"""Runs one long random history twice: what must hold holds, and both give the same trace.

Run through `tools/histories [OPERATIONS] [SEED] [fees]`: 100,000 operations of seed 1 if not told,
without fees.
"""

from __future__ import annotations

import sys

from scm.testing.histories import RandomHistory


def main() -> None:
    """Print what happened; any violation is an exception."""
    operations = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    fees = sys.argv[3:] == ["fees"]
    hashes = []
    for _ in range(2):
        history = RandomHistory(seed, fees=fees)
        history.run(operations)
        counts = ", ".join(f"{count:,} {what}" for what, count in history.counts().items())
        hashes.append(history.trace_hash())
        print(f"{operations:,} operations: {counts}; trace {hashes[-1][:16]}")
    if hashes[0] != hashes[1]:
        raise SystemExit("the two runs differ")


if __name__ == "__main__":
    main()
