"""Measures the embedded replica: updates a second, forks, installs, memory.

Run through `tools/replica_speed`.  Seconds are the least of several runs and depend on the machine.
Exits with 1 where a goal of `docs/performance.md` is missed.
"""

from __future__ import annotations

import gc
import resource
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from scm.candid.encode import encode
from scm.candid.types import NAT
from scm.model import Principal
from scm.replica.replica import Replica
from scm.replica.state import Replied
from scm.testing.building import CanisterBuilder, compiled_modules_folder, install_canister
from scm.wasm.engine import text_to_wasm

EXAMPLES: Final = Path(__file__).resolve().parents[1] / "examples"
SMALL: Final = """(module
  (import "ic0" "msg_reply" (func $reply))
  (memory 1)
  (func (export "canister_update nothing") (call $reply))
  (func (export "canister_query nothing_asked") (call $reply)))"""
ONE: Final = encode([NAT], [1])

missed: list[str] = []


def main() -> None:
    """Measure, print one table."""
    with tempfile.TemporaryDirectory(prefix="scm-replica-") as folder:
        counter = CanisterBuilder(Path(folder))(EXAMPLES / "counter")
    _measure_small()
    _measure_counter(counter)
    _measure_forks(counter)
    _measure_many(counter)
    if missed:
        raise SystemExit(f"missed: {', '.join(missed)}")


def _measure_small() -> None:
    replica = Replica()
    canister = replica.create_canister()
    replica.install(canister, text_to_wasm(SMALL))
    rate = _rate(lambda: replica.update(canister, "nothing"), 5_000)
    _show("small canister, updates a second", rate, at_least=20_000)
    _show(
        "small canister, queries a second",
        _rate(lambda: replica.query(canister, "nothing_asked"), 5_000),
    )


def _measure_counter(wasm: bytes) -> None:
    replica = Replica(cache_directory=compiled_modules_folder())
    canister = install_canister(replica, wasm).canister_id
    rate = _rate(lambda: replica.update(canister, "increment", ONE), 2_000)
    _show("scm canister, updates a second", rate, at_least=2_000)
    _show("scm canister, queries a second", _rate(lambda: replica.query(canister, "value"), 2_000))


def _measure_forks(wasm: bytes) -> None:
    replica = Replica(cache_directory=compiled_modules_folder())
    canisters = [install_canister(replica, wasm).canister_id for _ in range(10)]
    for canister in canisters:
        replica.update(canister, "increment", ONE)
    forks = [_seconds(lambda: replica.fork()) for _ in range(10)]
    _show("fork of ten scm canisters (ms)", min(forks) * 1e3, at_most=20)
    firsts = []
    for _ in range(5):
        twin = replica.fork()
        firsts.append(_seconds(partial(_update_all, twin, canisters)))
    _show("first update of each of the ten in a fork (ms)", min(firsts) * 1e3)


def _measure_many(wasm: bytes) -> None:
    gc.collect()
    before = _resident_mb()
    replica = Replica(cache_directory=compiled_modules_folder())
    started = time.perf_counter()
    canisters = [install_canister(replica, wasm).canister_id for _ in range(100)]
    _show("install of an scm canister (ms)", (time.perf_counter() - started) * 10)
    _update_all(replica, canisters)
    _show("100 scm canisters (MB)", _resident_mb() - before)
    _show("the whole process with them (MB)", _resident_mb(), at_most=2_000)
    rate = _rate(lambda: replica.update(canisters[7], "increment", ONE), 2_000)
    _show("scm canister among 100, updates a second", rate)


def _update_all(replica: Replica, canisters: list[Principal]) -> None:
    for canister in canisters:
        outcome = replica.update(canister, "increment", ONE)
        assert isinstance(outcome, Replied), outcome


def _rate(act: Callable[[], object], count: int) -> float:
    act()
    return count / min(_seconds(lambda: [act() for _ in range(count)]) for _ in range(3))


def _seconds(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def _resident_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _show(
    what: str, value: float, *, at_least: float | None = None, at_most: float | None = None
) -> None:
    goal = ""
    if at_least is not None:
        goal = f"  (goal: at least {at_least:,})"
    elif at_most is not None:
        goal = f"  (goal: at most {at_most:,})"
    is_met = (at_least is None or value >= at_least) and (at_most is None or value <= at_most)
    if not is_met:
        missed.append(what)
    shown = f"{value:,.1f}" if value < 100 else f"{value:,.0f}"
    print(f"{what:<50}{shown:>10}{goal}{'' if is_met else '  MISSED'}")


if __name__ == "__main__":
    main()
