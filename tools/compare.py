"""The same programs by scm, by Motoko, by hand in C, and by CPython that interprets, in one run.

Run through `tools/compare`.  It prints tables: fuel (wasmtime's count, repeatable), pages of 4 KiB
of the memory that a message changes, sizes of modules; `--write` puts them into
`docs/performance.md`, and the plot beside it.  The answers of all must be the same.  Exits with 1
where a goal is missed.
"""

from __future__ import annotations

import gzip
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tools.bench_canisters import LANGUAGES, build_counters, build_programs
from tools.compare_programs import (
    COUNTER_PROGRAMS,
    PROGRAMS,
    Cost,
    Program,
    Result,
    missed_goals,
)
from tools.compare_report import report, write_report
from tools.heap_pages import counted_pages

from scm.compiler.metadata import read_metadata
from scm.replica.replica import Replica
from scm.testing.building import compiled_modules_folder
from scm.testing.client import CanisterHandle

MESSAGES_OF_COLLECTION_MAX: Final = 10_000
CALLS: Final = 3


def main() -> None:
    """Build all, measure, print, and write if asked to."""
    node, *options = sys.argv[1:]
    if options not in ([], ["--write"]):
        raise SystemExit("usage: tools/compare [--write]")
    with tempfile.TemporaryDirectory(prefix="scm-compare-") as scratch:
        counters = build_counters(Path(scratch), Path(node))
        programs = build_programs(Path(scratch), Path(node))
    results = [*_measure(counters, COUNTER_PROGRAMS), *_measure(programs, PROGRAMS)]
    sizes = {"counter": _sizes(counters), "all others": _sizes(programs)}
    missed = missed_goals(results)
    print(report(results, sizes, missed))
    if options:
        write_report(results, sizes, missed)
    if missed:
        raise SystemExit(1)


def _measure(wasms: Mapping[str, bytes], programs: tuple[Program, ...]) -> list[Result]:
    """What each program costs in each language; see that their answers are the same."""
    interface = read_metadata(wasms["scm"], "candid:service")
    assert interface is not None
    peers = {
        name: Peer(name, wasms[name], interface.decode()) for name in LANGUAGES if name in wasms
    }
    results = []
    for program in programs:
        runs = {
            name: peer.run(program) for name, peer in peers.items() if name not in program.skipped
        }
        answers = [answer for _cost, answer in runs.values()]
        assert all(answer == answers[0] for answer in answers), f"{program.title}: {answers}"
        costs = {name: cost for name, (cost, _answer) in runs.items()}
        results.append(Result(program, costs))
        print(f"measured: {program.title}", file=sys.stderr)
    return results


class Peer:
    """A canister in one language."""

    def __init__(self, name: str, wasm: bytes, interface: str) -> None:
        self._name = name
        replica = Replica(cache_directory=compiled_modules_folder())
        canister_id = replica.create_canister()
        replica.install(canister_id, wasm)
        self._canister = CanisterHandle(replica, canister_id).with_did(interface)
        for _ in range(CALLS):
            self._idle, _answer = self._call("nothing")

    def run(self, program: Program) -> tuple[Cost, object]:
        """What a program costs, and its answer."""
        if program.filled:
            self._call("fill", *program.filled)
        fuel = self._least(program.method, *program.arguments)
        if program.without:
            fuel -= self._least(program.without, *program.arguments)
        self._settle()
        with counted_pages() as pages:
            _fuel, answer = self._call(program.method, *program.arguments)
        return Cost(fuel, pages.changed, pages.written), answer

    def _least(self, method: str, *arguments: object) -> int:
        """The cheapest of a few calls: in one of them Motoko may begin to collect garbage."""
        costs = []
        for _ in range(CALLS):
            self._settle()
            costs.append(self._call(method, *arguments)[0])
        return min(costs)

    def _settle(self) -> None:
        """Let a collection of garbage end that goes on at the end of each message."""
        if self._name != "Motoko":
            return
        for _ in range(MESSAGES_OF_COLLECTION_MAX):
            if self._call("nothing")[0] <= 2 * self._idle:
                return
        raise AssertionError("the collection of garbage does not end")

    def _call(self, method: str, *arguments: object) -> tuple[int, object]:
        ticket = self._canister.submit(method, *arguments)
        answer = ticket.result()
        return ticket.fuel, answer


def _sizes(wasms: Mapping[str, bytes]) -> dict[str, tuple[int, int]]:
    """Bytes of each module, as it is and compressed."""
    return {
        name: (len(wasm), len(gzip.compress(wasm, compresslevel=9, mtime=0)))
        for name, wasm in wasms.items()
    }


if __name__ == "__main__":
    main()
