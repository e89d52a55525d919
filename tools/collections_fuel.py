"""Durable collections against those of Motoko's core library, in one run in the embedded replica.

Run through `tools/collections_fuel`; it prints the tables of `docs/performance.md`, in ten minutes
or so, or those that it is given of `fuel`, `instructions`, `growth`, `upgrades`; and `large`, if it
is asked for, which fills 3 GB and takes as much memory.  Both programs
(`collections_peers`) do the same with the same keys, and their answers are compared.  What the same
loop costs without the operation is taken off.  Fuel is wasmtime's count; instructions are what
the platform would count, with its charges for the System API and for written pages.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from statistics import linear_regression
from typing import Final, Literal

from scm.replica.replica import Replica
from scm.replica.trace import Executed
from scm.testing.building import CanisterBuilder, compiled_modules_folder, install_canister

PEERS: Final = Path(__file__).resolve().parent / "collections_peers"
MAPS: Final = {
    "numbers": "map nat64 -> nat64",
    "users": "map text -> record",
    "balances": "map principal -> nat",
}
SIZES: Final = (10_000, 100_000)
GROWING_SIZES: Final = (1_000, 10_000, 100_000, 1_000_000)
LARGE_SIZES: Final = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)
CHUNK_BYTES: Final = 300
FIT_WITHIN: Final = 0.15
OPERATIONS_IN_MESSAGE: Final = 10_000
ENTRIES_IN_MESSAGE: Final = 50_000  # Where they are put in ascending order.
ALONE: Final = 100
MESSAGES_OF_COLLECTION_MAX: Final = 10_000
INSERT_TIMES_MAX: Final = 3
LARGE: Final = 100_000_000
MODULUS: Final = 2**48

Metering = Literal["fuel", "exact"]
Costs = dict[str, float]
"""By operation."""


class Peer:
    """One program, and a canister of it at a time."""

    def __init__(self, name: str, wasm: bytes) -> None:
        self.name = name
        self._wasm = wasm
        self.answers: list[object] = []
        self.install("fuel")

    def install(self, metering: Metering) -> None:
        """Go on with a new canister."""
        self._replica = Replica(cache_directory=compiled_modules_folder(), metering=metering)
        self._canister = install_canister(self._replica, self._wasm)
        self._call("nothing")
        self._idle, _answer = self._call("nothing")

    def call(self, method: str, *arguments: int) -> int:
        """What a call costs; its answer is kept."""
        cost, answer = self._call(method, *arguments)
        self.answers.append(answer)
        return cost

    def least(self, method: str, *arguments: int) -> int:
        """What a call that changes nothing costs, without Motoko's collection of garbage.

        One may begin in a call, so of two calls it is the cheaper.
        """
        if self.name != "Motoko":
            return self.call(method, *arguments)
        self._settle()
        again, _answer = self._call(method, *arguments)
        self._settle()
        return min(again, self.call(method, *arguments))

    def _settle(self) -> None:
        """Let a collection end that goes on at the end of each message."""
        for _ in range(MESSAGES_OF_COLLECTION_MAX):
            if self._call("nothing")[0] <= 2 * self._idle:
                return
        raise AssertionError("the collection of garbage does not end")

    def _call(self, method: str, *arguments: int) -> tuple[int, object]:
        ticket = self._canister.submit(method, *arguments)
        answer = ticket.result()
        return ticket.fuel, answer

    def joining(self, value: int, count: int) -> int:
        """What it costs to put `count` values together, which a get and a scan do with theirs."""
        return self.least("joins", value, count) - self.least("loops", count)

    def upgrade(self) -> int:
        """What the hooks of an upgrade to the same module cost."""
        before = len(self._replica.trace)
        keep = "keep" if self.name == "Motoko" else None
        self._replica.install(
            self._canister.canister_id, self._wasm, mode="upgrade", memory_persistence=keep
        )
        events = self._replica.trace[before:]
        return sum(event.fuel for event in events if isinstance(event, Executed))


def main() -> None:
    """Build both, measure, print; exit with 1 where a goal is missed."""
    folder = Path(sys.argv[1])
    with tempfile.TemporaryDirectory(prefix="scm-collections-") as scratch:
        scm = Peer("scm", CanisterBuilder(Path(scratch))(PEERS))
    motoko = Peer("Motoko", _motoko(folder))
    missed = [what for part in sys.argv[2:] or USUAL_PARTS for what in PARTS[part](scm, motoko)]
    for what in missed:
        print(f"missed: {what}")
    if missed:
        raise SystemExit(1)


def _motoko(folder: Path) -> bytes:
    out = folder / "collections.wasm"
    source = PEERS / "collections.mo"
    subprocess.run(["node", "compile.cjs", source, out], cwd=folder, check=True)
    return out.read_bytes()


def _operations(metering: Metering, scm: Peer, motoko: Peer) -> list[str]:
    """Print a table of all operations; the goals that are missed, which are about fuel."""
    unit = "fuel" if metering == "fuel" else "instructions"
    heads = [f"{size:,} entries: scm | Motoko | ratio" for size in SIZES]
    _head(f"{unit} per operation", *" | ".join(heads).split(" | "))
    missed: list[str] = []
    for label, measure in _measurements():
        rows: dict[str, list[str]] = {}
        for size in SIZES:
            ours, theirs = _both(scm, motoko, metering, partial(measure, size))
            for operation, cost in ours.items():
                cells = (f"{cost:,.0f}", f"{theirs[operation]:,.0f}")
                row = rows.setdefault(operation, ["-"] * 3 * SIZES.index(size))
                row += [*cells, f"{cost / theirs[operation]:.2f}"]
            if metering == "fuel" and label in MAPS.values():
                missed += [f"{label}, {size:,}: {goal}" for goal in _missed(ours, theirs)]
        for operation, row in rows.items():
            _row(f"{label}: {operation}", *row)
    return missed


def _measurements() -> Iterator[tuple[str, Callable[[int, Peer], Costs]]]:
    for name, label in MAPS.items():
        yield label, partial(_map, name)
    yield "list of nat64", _list
    yield MAPS["numbers"], _alone


def _both(
    scm: Peer, motoko: Peer, metering: Metering, measure: Callable[[Peer], Costs]
) -> tuple[Costs, Costs]:
    """Measure each on a new canister, and see that they answer the same."""
    for peer in (scm, motoko):
        peer.install(metering)
        peer.answers.clear()
    costs = (measure(scm), measure(motoko))
    assert scm.answers == motoko.answers, "the programs do not do the same"
    return costs


def _map(name: str, count: int, peer: Peer) -> Costs:
    seeds = list(_seeds(count))

    def total(cost: Callable[..., int], method: str, *more: int) -> int:
        arguments = ((seed, OPERATIONS_IN_MESSAGE, *more) for seed in seeds)
        return sum(cost(f"{name}_{method}", *numbers) for numbers in arguments)

    joining = peer.joining(MODULUS // 2, count)
    keys = total(peer.least, "keys")
    entries = total(peer.least, "entries", 0)
    costs = {
        "insert": total(peer.call, "put", 0) - entries,
        "get": total(peer.least, "get") - keys - joining,
        "replace": total(peer.call, "put", 1) - entries,
        "scan": peer.least(f"{name}_scan") - peer.least("nothing") - joining,
        "scan of values": peer.least(f"{name}_values") - peer.least("nothing") - joining,
    }
    peer.call(f"{name}_digest")
    costs["delete"] = total(peer.call, "delete") - keys
    return _each(costs, count)


def _list(count: int, peer: Peer) -> Costs:
    seeds = list(_seeds(count))

    def total(cost: Callable[..., int], method: str) -> int:
        return sum(cost(method, seed, OPERATIONS_IN_MESSAGE) for seed in seeds)

    joining = peer.joining(MODULUS // 2, count)
    costs: Costs = {
        "append": total(peer.call, "items_append") - total(peer.least, "numbers_keys"),
        "get": total(peer.least, "items_get") - total(peer.least, "items_indices") - joining,
        "scan": peer.least("items_scan") - peer.least("nothing") - joining,
    }
    return _each(costs, count)


def _alone(count: int, peer: Peer) -> Costs:
    """Operations with a message each, on top of what the message costs."""
    seeds = list(_seeds(count))
    for seed in seeds:
        peer.call("numbers_put", seed, OPERATIONS_IN_MESSAGE, 0)
    fresh = [_skip(seeds[-1], OPERATIONS_IN_MESSAGE + number) for number in range(ALONE)]
    costs: Costs = dict.fromkeys(("insert, a message each", "get, a message each"), 0)
    for seed in fresh:
        loop = peer.least("numbers_entries", seed, 1, 0)  # Which leaves no collection going on.
        costs["insert, a message each"] += peer.call("numbers_put", seed, 1, 0) - loop
    for seed in fresh:
        loop = peer.least("numbers_keys", seed, 1)
        costs["get, a message each"] += peer.least("numbers_get", seed, 1) - loop
    return _each(costs, ALONE)


def _each(costs: Mapping[str, float], count: int) -> Costs:
    return {operation: cost / count for operation, cost in costs.items()}


def _missed(ours: Costs, theirs: Costs) -> list[str]:
    goals = {"get": 1, "scan": 1, "insert": INSERT_TIMES_MAX}
    return [
        f"{operation} is to be at most {times} times Motoko's"
        for operation, times in goals.items()
        if operation in ours and ours[operation] > times * theirs[operation]
    ]


def _growth(scm: Peer, motoko: Peer) -> list[str]:
    """Print what a get costs in ever larger maps; there is no goal."""
    ours, theirs = _both(scm, motoko, "fuel", _gets_in_growing_map)
    _head("fuel per get, by entries", *ours)
    for name, costs in (("scm", ours), ("Motoko", theirs)):
        _row(name, *(f"{cost:,.0f}" for cost in costs.values()))
    return []


def _gets_in_growing_map(peer: Peer) -> Costs:
    costs: Costs = {}
    filled = 0
    gets = OPERATIONS_IN_MESSAGE
    for size in GROWING_SIZES:
        for first in range(filled, size, ENTRIES_IN_MESSAGE):
            peer.call("ascending_put", first, min(ENTRIES_IN_MESSAGE, size - first))
        filled = size
        loop = peer.least("ascending_keys", 1, gets) + peer.joining(size // 2, gets)
        costs[f"{size:,}"] = (peer.least("ascending_get", 1, gets) - loop) / gets
    return costs


def _large(scm: Peer, _motoko: Peer) -> list[str]:
    """Print what a get of 300 bytes costs in ever larger maps; the goal if it is missed.

    It is to grow as the logarithm of the size does: each within 15 % of the straight line that fits
    best.
    """
    scm.install("fuel")
    costs: list[float] = []
    filled = 0
    gets = OPERATIONS_IN_MESSAGE
    for size in LARGE_SIZES:
        for first in range(filled, size, ENTRIES_IN_MESSAGE):
            scm.call("chunks_add", CHUNK_BYTES, min(ENTRIES_IN_MESSAGE, size - first))
        filled = size
        scm.call("chunks_get", 7, gets)  # What is read often is in the heap, as ever.
        loop = scm.call("chunks_keys", 1, gets)
        costs.append((scm.call("chunks_get", 1, gets) - loop) / gets)
    slope, start = linear_regression(range(len(costs)), costs)
    fit = [start + slope * step for step in range(len(costs))]
    _head("fuel per get, by entries", *(f"{size:,}" for size in LARGE_SIZES))
    _row("scm", *(f"{cost:,.0f}" for cost in costs))
    _row("fit", *(f"{cost:,.0f}" for cost in fit))
    if all(abs(cost - best) <= FIT_WITHIN * best for cost, best in zip(costs, fit, strict=True)):
        return []
    return ["growth: each get within 15 % of the fit"]


def _upgrades(scm: Peer, motoko: Peer) -> list[str]:
    """Print what an upgrade costs, by what is in the state; the goal if it is missed."""
    _head("upgrade", "fuel", "instructions")
    results: dict[str, list[int]] = {}
    for metering in ("fuel", "exact"):
        for what, peer, fill in (
            ("scm, 1 kB in a blob", scm, _small_blob),
            ("scm, 100 MB in a blob", scm, _large_blob),
            ("scm, 100 MB in a map, 100,000 entries", scm, _large_map),
            ("Motoko, nothing", motoko, _nothing),
            ("Motoko, map nat64 -> nat64, 100,000 entries", motoko, _numbers),
        ):
            peer.install(metering)
            fill(peer)
            peer.upgrade()
            results.setdefault(what, []).append(peer.upgrade())
    for what, costs in results.items():
        _row(what, *(f"{cost:,}" for cost in costs))
    small, *large = [costs for what, costs in results.items() if what.startswith("scm")]
    if all(abs(a - b) * 100 <= b for costs in large for a, b in zip(costs, small, strict=True)):
        return []
    return ["upgrade: the same within 1 %, however large the state is"]


def _nothing(peer: Peer) -> None:
    peer.call("nothing")


def _small_blob(peer: Peer) -> None:
    peer.call("content_add", 1_000)


def _large_blob(peer: Peer) -> None:
    for _ in range(100):
        peer.call("content_add", LARGE // 100)


def _large_map(peer: Peer) -> None:
    for _ in range(100):
        peer.call("chunks_add", 1_000, LARGE // 1_000 // 100)


def _numbers(peer: Peer) -> None:
    for first in range(0, 100_000, ENTRIES_IN_MESSAGE):
        peer.call("ascending_put", first, ENTRIES_IN_MESSAGE)


def _seeds(count: int) -> Iterator[int]:
    """Where each message of `count` operations begins."""
    seed = 1
    for _ in range(count // OPERATIONS_IN_MESSAGE):
        yield seed
        seed = _skip(seed, OPERATIONS_IN_MESSAGE)


def _skip(seed: int, steps: int) -> int:
    """As both programs step from key to key."""
    for _ in range(steps):
        seed = (seed * 25_214_903_917 + 11) % MODULUS
    return seed


def _head(*cells: str) -> None:
    print()
    _row(*cells)
    print("|" + "---|" + "---:|" * (len(cells) - 1))


def _row(*cells: str) -> None:
    print(f"| {' | '.join(cells)} |", flush=True)


PARTS: Final[dict[str, Callable[[Peer, Peer], list[str]]]] = {
    "fuel": partial(_operations, "fuel"),
    "instructions": partial(_operations, "exact"),
    "growth": _growth,
    "upgrades": _upgrades,
    "large": _large,
}
USUAL_PARTS: Final = ("fuel", "instructions", "growth", "upgrades")


if __name__ == "__main__":
    main()
